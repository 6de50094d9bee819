@testable internal import PwtransferCLI
internal import Testing

@Suite struct NumberTests {
    @Test(arguments: [("0", 0), ("3", 3), ("0x1F", 31), ("0XFF", 255), ("4294967295", UInt32.max)])
    func numbers(_ text: String, _ value: UInt32) {
        #expect(Number<UInt32>(argument: text)?.value == value)
    }

    @Test(arguments: ["", "-1", "+1", " 1", "1 ", "0x", "4294967296", "ten", "1.0", "١"])
    func noNumbers(_ text: String) {
        #expect(Number<UInt32>(argument: text) == nil)
    }

    @Test(arguments: [
        ("512", 512), ("0x200", 512), ("64KiB", 65536), ("1.5MiB", 1_572_864), ("2K", 2048), ("1kB", 1000),
        ("10B", 10), ("1GiB", 1_073_741_824), ("0.5KiB", 512), ("0", 0),
    ])
    func sizes(_ text: String, _ value: UInt64) {
        #expect(ByteCount(argument: text)?.value == value)
    }

    @Test(arguments: ["", "KiB", "1.5", "0.3B", "-1", "1e3", "1 KiB", "99999999999GiB", "0x2KiB", "1.2.3K"])
    func noSizes(_ text: String) {
        #expect(ByteCount(argument: text) == nil)
    }

    @Test(arguments: [
        ("2", Duration.seconds(2)), ("1.5", .milliseconds(1500)), ("500ms", .milliseconds(500)),
        ("2s", .seconds(2)), ("250us", .microseconds(250)), ("250µs", .microseconds(250)),
        ("3min", .seconds(180)), ("1h", .seconds(3600)), ("0", .zero), ("7ns", .nanoseconds(7)),
    ])
    func times(_ text: String, _ duration: Duration) {
        #expect(TimeSpan(argument: text)?.duration == duration)
    }

    @Test(arguments: ["", "s", "-1s", "1e9", "soon", "99999h99", "10000000h", "1 s"])
    func noTimes(_ text: String) {
        #expect(TimeSpan(argument: text) == nil)
    }

    @Test(arguments: [("0", 0), ("0.02", 0.02), ("2%", 0.02), ("1", 1), ("100%", 1)])
    func probabilities(_ text: String, _ value: Double) {
        #expect(Probability(argument: text)?.value == value)
    }

    @Test(arguments: ["", "2", "101%", "-0.1", "%", "half"]) func noProbabilities(_ text: String) {
        #expect(Probability(argument: text) == nil)
    }

    @Test(arguments: [
        ("3=a.bin", 3, "a.bin", "r"), ("0x10=a:w", 16, "a", "w"), ("0=x=y:rw", 0, "x=y", "rw"),
        ("1=C:r", 1, "C", "r"), ("1=a:b", 1, "a:b", "r"),
    ])
    func resources(_ text: String, _ id: UInt32, _ path: String, _ access: String) {
        let resource = ResourceArgument(argument: text)
        #expect(resource?.id == id)
        #expect(resource?.path == path)
        #expect(resource?.file.access.rawValue == access)
    }

    @Test(arguments: ["", "3", "3=", "=a", "x=a", "3=:w", "-1=a"]) func noResources(_ text: String) {
        #expect(ResourceArgument(argument: text) == nil)
    }
}

@Suite struct QuantityTests {
    @Test(arguments: [
        (0, "0 bytes"), (1, "1 byte"), (1023, "1023 bytes"), (1024, "1.0 KiB"), (1536, "1.5 KiB"),
        (1 << 20, "1.0 MiB"), (3 << 30, "3.0 GiB"),
    ])
    func bytes(_ count: UInt64, _ text: String) {
        #expect(Quantity.bytes(count) == text)
    }

    @Test(arguments: [
        (Duration.milliseconds(5), "0.01 s"), (.seconds(1.5), "1.50 s"), (.seconds(59.5), "59.50 s"),
        (.milliseconds(59_994), "59.99 s"),
        (.milliseconds(59_996), "1 min 00 s"),
        (.seconds(125), "2 min 05 s"),
    ])
    func times(_ duration: Duration, _ text: String) {
        #expect(Quantity.time(duration) == text)
    }
}
