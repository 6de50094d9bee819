internal import Glibc
internal import SerialPort
internal import TestSupport
internal import Testing

@Suite struct EnumerationTests {
    /// Compares with what the kernel says, without udev. A mocked machine has no kernel of its own; the tests below
    /// know its ports.
    @Test(.enabled(if: getenv("UMOCKDEV_DIR") == nil, "compares with the real kernel"))
    func thisMachineIsListedWithoutItsConsoles() throws {
        var found = glob_t()
        defer { globfree(&found) }
        try #require(glob("/sys/class/tty/*", 0, nil, &found) == 0, "Linux always has some terminals")
        let folders = try (0..<Int(found.gl_pathc)).map { index in
            String(cString: try #require(found.gl_pathv[index]))
        }
        #expect(folders.contains("/sys/class/tty/ptmx"))
        let expected = folders.filter { folder in
            let attribute = { (name: String) in try? contents(of: "\(folder)/\(name)") }
            return access("\(folder)/device", F_OK) == 0 && attribute("type") != Array("0\n".utf8)
                && attribute("console") != Array("Y\n".utf8)
                // A container has only the nodes that were handed in.
                && access("/dev/\(folder.dropFirst("/sys/class/tty/".count))", F_OK) == 0
        }
        let paths = try SerialPorts.all().map(\.path)
        #expect(Set(paths) == Set(expected.map { "/dev/\($0.dropFirst("/sys/class/tty/".count))" }))
        #expect(paths.count == expected.count)
    }

    // In the machine that Tests/Umockdev/run describes.
    @Test(.enabled(if: getenv("UMOCKDEV_DIR") != nil, "needs umockdev"))
    func theMockMachineIsDescribed() throws {
        let ports = try SerialPorts.all()
        #expect(
            ports.map(\.path) == [
                "/dev/ttyS0", "/dev/ttyUSB0", "/dev/ttyACM9", "/dev/ttyACM10", "/dev/ttyACM0",
            ])

        let uart = try #require(ports.first)
        #expect(!uart.isUSB)
        #expect(uart.vendorID == nil)
        #expect(uart.driver == "serial8250")

        let adapter = try #require(ports.first { $0.path == "/dev/ttyUSB0" })
        #expect(adapter.isUSB)
        #expect(adapter.vendorID == 0x0403)
        #expect(adapter.productID == 0x6001)
        #expect(adapter.driver == "ftdi_sio")
        #expect(adapter.serialNumber == "A9ABCDEF")

        let board = try #require(ports.last)
        #expect(board.byIDPath == "/dev/serial/by-id/usb-Raspberry_Pi_Pico_E6614103E7452D2F-if00")
        #expect(board.byPathPath == "/dev/serial/by-path/pci-0000:00:14.0-usb-0:1:1.0")
        #expect(board.location == "pci-0000:00:14.0-usb-0:1:1.0")
        #expect(board.vendorName == "Raspberry Pi")
        #expect(board.productName == "Pico")
        #expect(board.interfaceNumber == 0)
        #expect(board.interfaceName == "Board CDC")
        #expect(board.driver == "cdc_acm")
        #expect(board.pluggedAt == .seconds(90))

        let second = try #require(ports.first { $0.path == "/dev/ttyACM10" })
        #expect(second.interfaceNumber == 2)
        #expect(second.productName == #"Two\u{1B}[31mPorts"#)
        #expect(second.serialNumber == nil)
    }

    // In the machine that Tests/Umockdev/run describes.
    @Test(.enabled(if: getenv("UMOCKDEV_DIR") != nil, "needs umockdev"))
    func portsOfTheMockMachineAreToldApart() throws {
        let ports = try SerialPorts.all()
        let monitor = try SerialPortMonitor()
        #expect(monitor.ports == ports)
        #expect(try monitor.nextChange() == nil)
        #expect(
            ports.map { $0.selector(among: ports).description } == [
                "/dev/ttyS0", "usb:0403:6001:A9ABCDEF", "path:pci-0000:00:14.0-usb-0:3:1.0",
                "path:pci-0000:00:14.0-usb-0:3:1.2", "usb:2e8a:000a:E6614103E7452D2F",
            ])
        let matches = try ports.filter(PortSelector(parsing: "usb:1209:abcd#2").matches)
        #expect(matches.map(\.path) == ["/dev/ttyACM10"])
        // The links are those of udev 257: two of them, the one with the version of the bus first.
        let adapter = try #require(ports.first { $0.path == "/dev/ttyUSB0" })
        #expect(adapter.byPathPath == "/dev/serial/by-path/pci-0000:00:14.0-usb-0:2:1.0-port0")
        for bus in ["usb", "usbv2"] {
            for end in ["2", "2:1.0", "2:1.0-port0"] {
                let place = try PortSelector(parsing: "path:pci-0000:00:14.0-\(bus)-0:\(end)")
                #expect(ports.filter(place.matches) == [adapter], "\(place)")
            }
            let link = "/dev/serial/by-path/pci-0000:00:14.0-\(bus)-0:2:1.0-port0"
            #expect(try SerialPorts.port(atNode: link) == adapter)
        }
        let link = "/dev/serial/by-id/usb-Raspberry_Pi_Pico_E6614103E7452D2F-if00"
        #expect(try SerialPorts.port(atNode: link) == ports.last)
        #expect(try SerialPorts.port(atNode: "/dev/ttyS1") == nil)
    }

    @Test(.enabled(if: getenv("UMOCKDEV_DIR") == nil, "umockdev has no pseudo-terminals"))
    func aPseudoTerminalIsNoPortOfTheMachine() throws {
        let terminal = try PseudoTerminal()
        #expect(try SerialPorts.port(atNode: terminal.slavePath) == nil)
        #expect(try SerialPorts.port(atNode: "/dev/ttyThatIsNotThere") == nil)
    }

    @Test func textFromDevicesCannotActOnATerminal() {
        #expect(DeviceText.visible("plain Ü 板") == "plain Ü 板")
        #expect(DeviceText.visible("a\u{1B}[2Jb\nc\u{7F}\u{9B}") == #"a\u{1B}[2Jb\nc\u{7F}\u{009B}"#)
        #expect(DeviceText.visible("x\u{202E}y\u{2028}z") == #"x\u{202E}y\u{2028}z"#)
    }
}
