internal import ArgumentParser
internal import PigweedTransfer
internal import SerialPort

/// A number in decimal, or in hexadecimal after `0x`.
struct Number<Value: FixedWidthInteger & Sendable>: ExpressibleByArgument, Sendable {
    let value: Value

    init?(argument: String) {
        guard let value: Value = NumberText.integer(argument[...]) else { return nil }
        self.value = value
    }
}

/// A number of bytes: `512`, `0x200`, `64KiB`, `1.5MiB`.
struct ByteCount: ExpressibleByArgument, Sendable {
    let value: UInt64

    private static let units: [(suffix: String, size: Double)] = [
        ("KiB", 1024), ("MiB", 1_048_576), ("GiB", 1_073_741_824), ("kB", 1000), ("MB", 1_000_000),
        ("GB", 1_000_000_000), ("K", 1024), ("M", 1_048_576), ("G", 1_073_741_824), ("B", 1),
    ]

    init?(argument: String) {
        if let value: UInt64 = NumberText.integer(argument[...]) {
            self.value = value
            return
        }
        guard let unit = Self.units.first(where: { argument.hasSuffix($0.suffix) }),
            let count = NumberText.decimal(argument.dropLast(unit.suffix.count))
        else { return nil }
        let bytes = count * unit.size
        guard bytes == bytes.rounded(), let value = UInt64(exactly: bytes) else { return nil }
        self.value = value
    }

    /// Refuses a size of zero, and one that takes more than 32 bits.
    static func require32Bits(_ sizes: KeyValuePairs<String, ByteCount?>) throws {
        for case (let option, let size?) in sizes where !(1...UInt64(UInt32.max)).contains(size.value) {
            throw ValidationError("\(option) must be 1 to 4294967295")
        }
    }
}

/// A time: `2s`, `500ms`, `250us`, `1.5` (seconds), `3min`, `1h`.
struct TimeSpan: ExpressibleByArgument, Sendable {
    let duration: Duration

    private static let units: [(suffix: String, nanoseconds: Double)] = [
        ("ns", 1), ("us", 1e3), ("µs", 1e3), ("ms", 1e6), ("min", 6e10), ("h", 3.6e12), ("s", 1e9),
    ]
    /// A year. A longer time is a mistake.
    private static let limit = 3.2e16

    init?(argument: String) {
        let unit = Self.units.first { argument.hasSuffix($0.suffix) }
        guard let count = NumberText.decimal(argument.dropLast(unit?.suffix.count ?? 0)) else { return nil }
        let nanoseconds = (count * (unit?.nanoseconds ?? 1e9)).rounded()
        guard nanoseconds <= Self.limit else { return nil }
        duration = .nanoseconds(Int64(nanoseconds))
    }

    /// Refuses a time of zero.
    static func requirePositive(_ times: KeyValuePairs<String, TimeSpan?>) throws {
        for (option, time) in times where time?.duration == .zero {
            throw ValidationError("\(option) must be more than 0")
        }
    }
}

/// Default values in help texts, written as a user would type them.
enum DefaultText {
    static func time(_ duration: Duration) -> String {
        let milliseconds = duration.saturatedNanoseconds / 1_000_000
        return milliseconds.isMultiple(of: 1000) ? "\(milliseconds / 1000)s" : "\(milliseconds)ms"
    }

    static func size(_ count: some BinaryInteger) -> String {
        count.isMultiple(of: 1024) ? "\(count / 1024)KiB" : "\(count)"
    }
}

/// A probability, 0 to 1 or in percent: `0.02`, `2%`.
struct Probability: ExpressibleByArgument, Sendable {
    let value: Double

    init?(argument: String) {
        let isPercent = argument.hasSuffix("%")
        guard let number = NumberText.decimal(argument.dropLast(isPercent ? 1 : 0)) else { return nil }
        value = isPercent ? number / 100 : number
        guard value <= 1 else { return nil }
    }
}

/// The text forms of numbers, stricter than the standard library's: no sign, no exponent, no space.
enum NumberText {
    static func integer<Value: FixedWidthInteger>(_ text: Substring) -> Value? {
        let isHexadecimal = text.hasPrefix("0x") || text.hasPrefix("0X")
        let digits = isHexadecimal ? text.dropFirst(2) : text
        guard digits.allSatisfy({ $0.isASCII && $0.isHexDigit }) else { return nil }
        return Value(digits, radix: isHexadecimal ? 16 : 10)
    }

    static func decimal(_ text: Substring) -> Double? {
        guard text.first?.isASCII == true, text.allSatisfy({ ("0"..."9").contains($0) || $0 == "." }) else {
            return nil
        }
        return Double(text)
    }
}

/// How long to wait for a port, or for its device to come back: a time, or `forever`.
struct WaitLimit: ExpressibleByArgument {
    /// The value of `--wait` and `--reconnect` if the user leaves it out.
    static let unlimited = "forever"

    let patience: PortRequest.Patience

    init?(argument: String) {
        if argument == Self.unlimited {
            patience = .unlimited
        } else if let time = TimeSpan(argument: argument) {
            patience = .limited(time.duration)
        } else {
            return nil
        }
    }
}
