@testable internal import PwtransferCLI
internal import SerialPort
internal import Testing

@Suite struct TrayTests {
    private func device(_ index: Int, _ port: String, serial: String? = nil) throws -> TrayDevice {
        var description = SerialPortDescription(path: "/dev/ttyACM\(index)", systemPath: "/s", isUSB: true)
        description.serialNumber = serial
        return TrayDevice(
            index: index, selector: try PortSelector(parsing: port),
            description: serial == nil ? nil : description)
    }

    private func names(
        _ pattern: String, _ devices: [TrayDevice], mayAppear: Bool = false
    ) throws(Failure) -> [String?] {
        let results = try OutputName(pattern).resolve(for: devices, mayAppear: mayAppear)
        return results.map { result in try? result.get() }
    }

    @Test(arguments: [
        ("log-{serial}.bin", ["log-A1.bin", "log-..%2F%25x.bin"]),
        ("{index}/{port}", ["1/ttyACM0", "2/serial:7"]),
        ("{serial}{other}", ["A1{other}", "%2E.%2F%25x{other}"]),
    ])
    func eachHasAFileOfItsOwn(pattern: String, expected: [String]) throws {
        let devices = [
            try device(1, "/dev/ttyACM0", serial: "A1"), try device(2, "serial:7", serial: "../%x"),
        ]
        #expect(try names(pattern, devices) == expected)
    }

    @Test func namesOfDotsAreNoFolders() throws {
        let devices = [try device(1, "/a", serial: ".."), try device(2, "/b", serial: ".")]
        #expect(try names("out/{serial}", devices) == ["out/%2E%2E", "out/%2E"])
    }

    @Test(arguments: ["out.bin", "{seriall}", "{port}", "a/../{serial}/../b"])
    func theSameFileIsRefused(pattern: String) throws {
        let devices = [try device(1, "/a/board", serial: "1"), try device(2, "/b/board", serial: "2")]
        let problem = try problem { try names(pattern, devices) }
        #expect(problem.status.rawValue == 64)
        #expect(problem.code == .sameOutput)
    }

    @Test func serialNumbersMustBeKnown() throws {
        // A device that exists and has no serial number.
        let null = [try device(1, "/dev/null"), try device(2, "/x", serial: "2")]
        #expect(try problem { try names("{serial}", null) }.code == .serialUnknown)
        // An absent device fails alone, unless the command waits for it.
        let absent = [try device(1, "/no/such/port"), try device(2, "/x", serial: "2")]
        #expect(try names("{serial}", absent) == [nil, "2"])
        #expect(try problem { try names("{serial}", absent, mayAppear: true) }.code == .serialUnknown)
        // The selector contains the serial number.
        #expect(try names("{serial}", [try device(1, "usb:2e8a:000a:E66")], mayAppear: true) == ["E66"])
    }

    @Test func aDeviceIsNamedOnce() throws {
        let ports = try ["/dev/null", "/dev/../dev/null"].map { try PortSelector(parsing: $0) }
        #expect(try problem { try TrayDevice.find(ports, all: false) }.code == .deviceNamedTwice)
        #expect(try TrayDevice.find(ports, all: true).count == 1)
    }

    /// The statuses, the one with the greatest weight first.
    @Test func theWorstExitCode() {
        let statuses: [PwtransferCLI.ExitStatus] = [
            .interrupted(signal: 2), .internalError, .usage, .noInput, .cannotWriteOutput, .noPermission,
            .deviceFailed, .deviceRefused, .noDevice, .linkBroke, .temporary, .done,
        ]
        #expect(statuses.map(\.rawValue) == statuses.sorted { $0.weight > $1.weight }.map(\.rawValue))
        #expect(Set(statuses.map(\.weight)).count == statuses.count)
    }

    @Test(arguments: [(20, 40), (3, 40), (1, 10)])
    func rowsFit(limit: Int, columns: Int) {
        let done = CommandResult(moved: 5000, elapsed: .seconds(2))
        let failed = CommandResult(
            problem: Problem(.noAnswer, "the device does not answer at all"),
            elapsed: .seconds(1))
        let moving = TransferSnapshot(
            phase: .moving, moved: 500, total: 1000, rate: 100, elapsed: .seconds(5), phaseTime: .seconds(5))
        let states: [TrayRow.State] = [
            .waiting, .concluded(done), .concluded(failed), .transferring(moving), .opened,
        ]
        let rows = states.map { TrayRow(name: "/dev/serial/by-id/usb-0001", state: $0) }
        let lines = TrayRow.lines(rows, columns: columns, limit: limit, Palette(isColored: true))
        #expect(lines.count == min(limit, 5))
        #expect(lines.allSatisfy { Palette.width(of: $0) <= columns })
        // If there is no room for all rows, devices at work come first.
        if limit == 3 { #expect(lines[0].contains("50 %")) }
    }
}

@Suite struct ScenarioTests {
    private func devices(_ text: String) throws(Failure) -> [Scenario.Device] {
        try Scenario(Array(text.utf8), path: "f").devices
    }

    @Test func devicesAndTheirDefaults() throws {
        let devices = try devices(
            """
            [defaults]
            baud = 9600
            resource = "1={name}.bin"
            fault = "to-client:data-dropper=1%"
            [[device]]
            count = 2
            name = "a"
            link = "l{index}"
            [[device]]
            baud = 115200
            legacy = true
            resource = ["1=x", "2=y:rw"]
            fault = ["device:refuse=DATA_LOSS,resource=1", "both:bit-flipper=0.1"]
            """)
        #expect(devices.map(\.name) == ["a-1", "a-2", "device-3"])
        #expect(devices.map(\.options.line.baud?.value) == [9600, 9600, 115200])
        #expect(devices.map(\.options.link) == ["l1", "l2", nil])
        #expect(devices.map { $0.options.resources.map(\.path) } == [["a-1.bin"], ["a-2.bin"], ["x", "y"]])
        #expect(devices.map(\.options.faultOptions.faults.count) == [1, 1, 2])
        #expect(devices.map(\.options.firmware.legacy) == [false, false, true])
    }

    @Test func portsOfDevices() throws {
        let ports = try devices(
            """
            [defaults]
            resource = "1={name}.bin"
            serial-number = "SN{index}"
            [[device]]
            count = 2
            place = "bench-{index}"
            usb = "2e8a:000a"
            [[device]]
            serial-number = "other"
            """
        ).map(\.port)
        #expect(ports.map(\.serialNumber) == ["SN1", "SN2", "other"])
        #expect(ports.map(\.place) == ["bench-1", "bench-2", nil])
        #expect(ports.map { $0.product?.description } == ["usb:2e8a:000a", "usb:2e8a:000a", nil])
    }

    @Test(arguments: [
        ("", "f: there is no device in it"),
        ("[[device]]\nlnik = \"x\"", "f:2: unknown key lnik"),
        ("[[device]]\njson = true", "f:2: unknown key json"),
        ("[devices]", "f:1: unknown key devices"),
        ("device = 3", "f:1: device takes tables, each under [[device]], not the number 3"),
        ("[[device]]\nresource = \"1=x\"\nserial-number = \"\"", "f:1: device device-1: "),
        ("[[device]]\nresource = \"1=x\"\nusb = \"2e8a:000a:SN\"", "f:1: device device-1: "),
        ("[[device]]\ncount = 0", "f:2: count takes how many there are, 1 to 256"),
        ("[[device]]\nname = \"a b\"", "f:2: a b: not a name for a device"),
        ("[[device]]\nlegacy = 1", "f:2: legacy takes true or false"),
        ("[[device]]\n", "f:1: device device-1: at least one --resource"),
        ("[[device]]\nresource = \"1=a\"\nfault = \"device:melt\"", "f:1: device device-1: "),
        (
            "[[device]]\nname = \"a\"\nresource = \"1=a\"\n[[device]]\nname = \"a\"\nresource = \"1=a\"",
            "f:4: there are two devices named a"
        ),
        ("[[device]\n", "f:1: "),
        (
            "[[device]]\ncount = 200\nresource = \"1=a\"\n[[device]]\ncount = 57\nresource = \"1=a\"",
            "f:4: more"
        ),
    ])
    func mistakesNameTheirLine(text: String, message: String) throws {
        let problem = try problem { try devices(text) }
        #expect(problem.message.hasPrefix(message), "\(problem.message)")
        #expect(problem.status.rawValue == 78)
    }
}
