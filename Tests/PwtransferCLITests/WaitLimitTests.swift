internal import SerialPort
internal import Testing

@testable internal import PwtransferCLI

@Suite struct WaitLimitTests {
    @Test(arguments: [
        (["read", "--wait", "3"], ["read", "--wait=forever", "3"]),
        (["read", "--wait=2s", "3"], ["read", "--wait=2s", "3"]),
        (["read", "--reconnect", "3"], ["read", "--reconnect=forever", "3"]),
        (["write", "2", "--", "--wait"], ["write", "2", "--", "--wait"]),
        ([], []),
    ])
    func theValueMayBeLeftOut(_ arguments: [String], _ expected: [String]) {
        #expect(OptionalValue.completing(arguments) == expected)
    }

    @Test(arguments: [
        (["read", "--wait", "4"], "--wait=4"), (["ls", "--wait", "5s"], "--wait=5s"),
        (["read", "3", "--reconnect", "5s"], "--reconnect=5s"),
        (["read", "3", "--trace", "a b.txt"], "--trace='a b.txt'"),
        (["read", "--wait", "log"], nil), (["read", "--trace", "3"], nil), (["read", "3", "--wait"], nil),
        (["read", "--trace", "/logs/boot.txt"], nil), (["read", "3", "--wait", "-o", "4"], nil),
        (["read", "3", "--", "--wait", "4"], nil),
    ])
    func aValueBehindASpaceIsNoticed(_ arguments: [String], _ expected: String?) {
        #expect(OptionalValue.misplaced(in: arguments)?.joined == expected)
    }

    @Test func textsShowItAsItIsTyped() {
        #expect(OptionalValue.asTyped("  --wait <=time>           Wait") == "  --wait[=<time>]          Wait")
        #expect(
            OptionalValue.asTyped("'x' is invalid for '--wait <=time>'")
                == "'x' is invalid for '--wait[=<time>]'")
        #expect(OptionalValue.asTyped("--port <port>") == "--port <port>")
    }

    @Test func valuesAreTimes() {
        #expect(WaitLimit(argument: "forever")?.patience == .unlimited)
        #expect(WaitLimit(argument: "1.5s")?.patience == .limited(.milliseconds(1500)))
        #expect(WaitLimit(argument: "soon") == nil)
    }

    @Test(arguments: [
        ("usb:2e8a:000a:E66#2", "usb:2e8a:000a:E66#2"), ("serial:a b", "'serial:a b'"),
        ("serial:it's", #"'serial:it'\''s'"#), ("path:pci-0000:00:14.0", "path:pci-0000:00:14.0"),
    ])
    func selectorsCanBePasted(_ text: String, _ expected: String) {
        #expect(ShellWord.quoted(text) == expected)
    }
}
