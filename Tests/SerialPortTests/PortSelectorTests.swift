@testable internal import SerialPort
internal import Testing

@Suite struct PortSelectorTests {
    @Test(
        arguments: [
            ("/dev/ttyACM0", .node("/dev/ttyACM0")),
            ("./board", .node("./board")),
            ("board", .node("board")),
            ("./usb:1:2", .node("./usb:1:2")),
            ("links:of/mine", .node("links:of/mine")),
            (
                "/dev/serial/by-path/pci-0000:00:14.0-usb-0:1:1.0",
                .node("/dev/serial/by-path/pci-0000:00:14.0-usb-0:1:1.0")
            ),
            ("usb:2E8A:a", .usb(vendorID: 0x2E8A, productID: 10, serialNumber: nil, interface: nil)),
            (
                "usb:2e8a:000a:E6:61",
                .usb(vendorID: 0x2E8A, productID: 10, serialNumber: "E6:61", interface: nil)
            ),
            ("usb:2e8a:000a#2", .usb(vendorID: 0x2E8A, productID: 10, serialNumber: nil, interface: 2)),
            ("usb:2e8a:000a:X#10", .usb(vendorID: 0x2E8A, productID: 10, serialNumber: "X", interface: 10)),
            ("usb:2e8a:000a:X#Y", .usb(vendorID: 0x2E8A, productID: 10, serialNumber: "X#Y", interface: nil)),
            ("serial:52F", .serialNumber(suffix: "52F", interface: nil)),
            ("serial:52F#0", .serialNumber(suffix: "52F", interface: 0)),
            ("path:pci-0000:00:14.0-usb-0:1:1.0", .location("pci-0000:00:14.0-usb-0:1:1.0", interface: nil)),
            ("tcp:localhost:33000", .network(.tcp(TCPAddress(host: "localhost", port: 33000)))),
            ("tcp:localhost", .network(.tcp(TCPAddress(host: "localhost", port: 33000)))),
            ("tcp:[::1]", .network(.tcp(TCPAddress(host: "::1", port: 33000)))),
            ("tcp://[fe80::1%eth0]:1/", .network(.tcp(TCPAddress(host: "fe80::1%eth0", port: 1)))),
            ("socket://host:2000", .network(.tcp(TCPAddress(host: "host", port: 2000)))),
            ("socket://host:2000?logging=debug", .network(.tcp(TCPAddress(host: "host", port: 2000)))),
            ("telnet:host", .network(.telnet(TCPAddress(host: "host", port: 23)))),
            ("telnet://host:2001", .network(.telnet(TCPAddress(host: "host", port: 2001)))),
            (
                "rfc2217://[::1]:4000",
                .network(.rfc2217(TCPAddress(host: "::1", port: 4000), isControlOptional: false))
            ),
            (
                "rfc2217:host:4000",
                .network(.rfc2217(TCPAddress(host: "host", port: 4000), isControlOptional: false))
            ),
            (
                "rfc2217://host:4000?ign_set_control&timeout=3",
                .network(.rfc2217(TCPAddress(host: "host", port: 4000), isControlOptional: true))
            ),
            ("unix:/run/qemu/serial", .network(.unix(path: "/run/qemu/serial"))),
            ("unix:///run/qemu", .network(.unix(path: "/run/qemu"))),
            ("unix:socket", .network(.unix(path: "socket"))),
        ] as [(String, PortSelector.Kind)])
    func textIsParsed(_ text: String, _ kind: PortSelector.Kind) throws {
        let selector = try PortSelector(parsing: text)
        #expect(selector.kind == kind)
        #expect(try PortSelector(parsing: selector.description) == selector)
    }

    @Test(arguments: [
        "", "usb:", "usb:2e8a", "usb:2e8a:", "usb:2e8a:xyz", "usb:12345:1", "usb:2e8a:000a:", "usb:-1:2",
        "usb:+1:2", "serial:", "serial:#1", "path:", "tcp:", "tcp::1", "tcp:::1", "tcp://", "tcp:a b",
        "tcp://host/x",
        "tcp://user@host", "tcp:host?logging=debug", "socket:host:1", "socket://host", "rfc2217://host",
        "rfc2217://host:1?baud=9600", "telnet:", "unix:", "USB:1:2", "com:1",
    ])
    func otherTextIsNoSelector(_ text: String) {
        #expect(throws: InvalidPortSelector.self) { try PortSelector(parsing: text) }
    }

    @Test func boardsAreToldApartBySerialNumber() throws {
        let ports = [board(0, "1:1.0", "A1"), board(1, "2:1.0", "B1"), board(2, "3:1.0", nil)]
        #expect(ports[0].selector(among: ports).description == "usb:2e8a:000a:A1")
        #expect(ports[2].selector(among: ports).description == "path:pci-usb-0:3:1.0")
        try expect("serial:1", ports, [0, 1])
        try expect("serial:A1", ports, [0])
        try expect("usb:2e8a:000a", ports, [0, 1, 2])
        try expect("usb:2e8a:000b", ports, [])
        try expect("path:pci-usb-0:2", ports, [1])
        try expect("path:pci-usb-0", ports, [])
        try expect("/dev/ttyACM2", ports, [2])
    }

    @Test func equalSerialNumbersAreToldApartByPlace() {
        let ports = [board(0, "1:1.0", "0001"), board(1, "2:1.0", "0001")]
        #expect(ports[0].selector(among: ports).description == "path:pci-usb-0:1:1.0")
    }

    @Test func portsOfOneDeviceAreToldApartByInterface() throws {
        var ports = [board(0, "1:1.0", "A"), board(1, "1:1.2", "A")]
        ports[1].interfaceNumber = 2
        #expect(ports[1].selector(among: ports).description == "usb:2e8a:000a:A#2")
        try expect("serial:A#0", ports, [0])
        try expect("path:pci-usb-0:1#2", ports, [1])
        try expect("path:pci-usb-0:1", ports, [0, 1])
    }

    /// Some adapters have several ports on one interface. Only the names of the links contain the number.
    @Test func portsOfOneInterfaceAreToldApartByTheirLinks() throws {
        var ports = [board(0, "1:1.0", "A"), board(1, "1:1.0", "A")]
        ports[0].byPathPaths = ["/dev/serial/by-path/pci-usb-0:1:1.0-port0"]
        ports[1].byPathPaths = ["/dev/serial/by-path/pci-usb-0:1:1.0-port1"]
        #expect(ports[1].selector(among: ports).description == "path:pci-usb-0:1:1.0-port1")
    }

    /// The first link is shown, and both are accepted.
    @Test func aSecondLinkWithTheVersionOfTheBusMeansTheSamePlace() throws {
        var ports = [board(0, "1:1.0", nil), board(1, "2:1.0", nil)]
        for (index, place) in ["1:1.0", "2:1.0"].enumerated() {
            ports[index].byPathPaths = ["usb", "usbv2"].map { bus in
                "/dev/serial/by-path/pci-\(bus)-0:\(place)-port0"
            }
        }
        #expect(ports[1].byPathPath == "/dev/serial/by-path/pci-usb-0:2:1.0-port0")
        #expect(ports[1].selector(among: ports).description == "path:pci-usb-0:2:1.0")
        try expect("path:pci-usb-0:2:1.0-port0", ports, [1])
        try expect("path:pci-usbv2-0:2:1.0-port0", ports, [1])
        try expect("/dev/serial/by-path/pci-usb-0:1:1.0-port0", ports, [0])
        try expect("/dev/serial/by-path/pci-usbv2-0:1:1.0-port0", ports, [0])
    }

    @Test func whatNoTextCanSayIsToldByTheNode() {
        var port = board(0, "1:1.0", "A#1")
        port.interfaceNumber = nil
        port.location = nil
        #expect(port.selector(among: [port]).kind == .node("/dev/ttyACM0"))
    }

    private func board(_ number: Int, _ place: String, _ serialNumber: String?) -> SerialPortDescription {
        var port = SerialPortDescription(
            path: "/dev/ttyACM\(number)", systemPath: "/sys/\(number)", isUSB: true)
        port.vendorID = 0x2E8A
        port.productID = 10
        port.interfaceNumber = 0
        port.serialNumber = serialNumber
        port.location = "pci-usb-0:\(place)"
        return port
    }

    private func expect(_ text: String, _ ports: [SerialPortDescription], _ numbers: [Int]) throws {
        let selector = try PortSelector(parsing: text)
        #expect(ports.indices.filter { selector.matches(ports[$0]) } == numbers, "\(text)")
    }

    @Test(arguments: [("tcp:localhost:1", [500, 1000, 2000, 2000]), ("/dev/none", [500, 500, 500, 500])])
    func aServerIsAskedLessOftenThanANode(_ port: String, _ milliseconds: [Int]) throws {
        var wait = PortWait(PortRequest(try PortSelector(parsing: port)))
        #expect((1...4).map { _ in wait.nextRecheckTime() } == milliseconds.map { .milliseconds($0) })
    }
}
