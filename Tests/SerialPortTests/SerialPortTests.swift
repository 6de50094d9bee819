internal import CMachine
internal import Glibc
internal import SystemPackage
internal import TestSupport
internal import Testing

@testable internal import SerialPort

@Suite struct SerialPortTests {
    private static let everyByte = [UInt8](0...255)

    @Test func everyByteValuePassesBothWays() throws {
        let device = try PseudoTerminal()
        let port = try SerialPort(opening: device.slavePath)
        let bytes = Self.everyByte + Self.everyByte.reversed()

        try port.write(all: bytes)
        #expect(try device.read(count: bytes.count) == bytes)
        try device.write(all: bytes)
        #expect(try port.read(count: bytes.count) == bytes)
    }

    @Test func noDataIsNotAHangUp() throws {
        let device = try PseudoTerminal()
        let port = try SerialPort(opening: device.slavePath)
        #expect(try port.readAvailable() == [])
        #expect(try device.readAvailable() == [])
        #expect(try port.writeAvailable([]) == 0)
    }

    @Test func writeIsPartialAndThenRefusedWhenNobodyReads() throws {
        let device = try PseudoTerminal()
        let port = try SerialPort(opening: device.slavePath)
        let block = [UInt8](repeating: 0x55, count: 65536)
        var total = 0
        while true {
            let count = try port.writeAvailable(block)
            if count == 0 { break }
            total += count
            try #require(total < 16 << 20)
        }
        #expect(total > 0)
    }

    @Test(arguments: [1200, 9600, 115_200, 250_000, 3_000_000, 12_345] as [UInt32])
    func anyRateIsSet(_ rate: UInt32) throws {
        let device = try PseudoTerminal()
        let port = try SerialPort(opening: device.slavePath, settings: SerialSettings(baudRate: rate))
        #expect(try LineSettings(of: port.fileDescriptor).baudRate == rate)
    }

    @Test func rateZeroIsRefused() throws {
        let device = try PseudoTerminal()
        let error = SerialPortError.system(
            operation: "set the line of", path: device.slavePath, code: .invalidArgument)
        #expect(throws: error) {
            try SerialPort(opening: device.slavePath, settings: SerialSettings(baudRate: 0))
        }
    }

    @Test(arguments: SerialSettings.FlowControl.allCases)
    func flowControlIsSet(_ flow: SerialSettings.FlowControl) throws {
        let device = try PseudoTerminal()
        let port = try SerialPort(opening: device.slavePath, settings: SerialSettings(flowControl: flow))
        var settings = termios()
        #expect(tcgetattr(port.fileDescriptor, &settings) == 0)
        let rtsCts: tcflag_t = 0x8000_0000
        #expect((settings.c_cflag & rtsCts != 0) == (flow == .rtsCts))
        #expect(settings.c_iflag & tcflag_t(IXON | IXOFF) == 0)
        #expect(settings.c_cflag & tcflag_t(CLOCAL) != 0)
        #expect(settings.c_cflag & tcflag_t(HUPCL) == 0)
    }

    @Test func settingsAreRestoredOnClose() throws {
        let device = try PseudoTerminal()
        let observer = open(device.slavePath, O_RDWR | O_NOCTTY | O_CLOEXEC)
        defer { Glibc.close(observer) }
        let before = try LineSettings(of: observer)

        let port = try SerialPort(opening: device.slavePath, settings: SerialSettings(baudRate: 250_000))
        try port.write(all: [1, 2, 3])
        #expect(try device.read(count: 3) == [1, 2, 3])
        #expect(try LineSettings(of: observer) != before)
        port.close()
        #expect(try LineSettings(of: observer) == before)
        #expect(port.fileDescriptor == -1)
        port.close()
    }

    @Test func settingsAreRestoredWhenOpeningFails() throws {
        let device = try PseudoTerminal()
        let observer = open(device.slavePath, O_RDWR | O_NOCTTY | O_CLOEXEC)
        defer { Glibc.close(observer) }
        let before = try LineSettings(of: observer)
        #expect(throws: SerialPortError.modemLinesUnsupported(path: device.slavePath)) {
            try SerialPort(opening: device.slavePath, settings: SerialSettings(dtr: false))
        }
        #expect(try LineSettings(of: observer) == before)
        _ = try SerialPort(opening: device.slavePath)
    }

    @Test func bytesFromBeforeOpeningAreDiscarded() throws {
        let device = try PseudoTerminal()
        try device.write(all: [1, 2, 3])
        let observer = open(device.slavePath, O_RDWR | O_NOCTTY | O_CLOEXEC)
        try waitFor(POLLIN, on: observer)
        Glibc.close(observer)

        let port = try SerialPort(opening: device.slavePath)
        try device.write(all: [4])
        #expect(try port.read(count: 1) == [4])
    }

    @Test func theEndOfTheObjectReleasesThePort() throws {
        let device = try PseudoTerminal()
        do {
            let port = try SerialPort(opening: device.slavePath)
            #expect(port.name == device.slavePath)
        }
        let again = try SerialPort(opening: device.slavePath)
        #expect(try again.readAvailable() == [])
    }

    @Test func closingWithAClogEndsInTime() throws {
        let device = try PseudoTerminal()
        let port = try SerialPort(opening: device.slavePath)
        while try port.writeAvailable([UInt8](repeating: 0, count: 4096)) > 0 {}
        let clock = ContinuousClock()
        let time = try clock.measure {
            port.close()
            _ = try SerialPort(opening: device.slavePath)
        }
        // Closing takes about a second; the kernel may wait 30 seconds for bytes that nobody takes.
        #expect(time < .seconds(20))
    }

    /// The slowest rate, with more bytes than any line carries.
    @Test func thePaceOfALineHasBounds() {
        let pace = OutputPace(SerialSettings(baudRate: 1))
        for count in [1, .max, .max] { pace.wrote(count) }
        let left = pace.millisecondsLeft ?? 0
        #expect((3_000_000...8_000_000).contains(left))
        let stoppable = OutputPace(SerialSettings(flowControl: .rtsCts))
        stoppable.wrote(.max)
        let (hasWritten, unknown) = (stoppable.hasWritten, stoppable.millisecondsLeft)
        #expect(hasWritten && unknown == nil)
    }

    @Test func unpluggingIsADisconnection() throws {
        let device = try PseudoTerminal()
        let port = try SerialPort(opening: device.slavePath)
        device.close()
        try waitFor(POLLIN, on: port.fileDescriptor)
        #expect(throws: SerialPortError.disconnected(path: port.name)) { try port.readAvailable() }
        #expect(throws: SerialPortError.disconnected(path: port.name)) { try port.writeAvailable([1]) }
        port.close()
    }

    @Test func usingAClosedPortIsAnError() throws {
        let device = try PseudoTerminal()
        let port = try SerialPort(opening: device.slavePath)
        port.close()
        #expect(throws: SerialPortError.disconnected(path: port.name)) { try port.readAvailable() }
        #expect(throws: SerialPortError.disconnected(path: port.name)) { try port.writeAvailable([1]) }
    }

    @Test func aMissingPathIsNotFound() throws {
        let path = "/dev/ttyThatIsNotThere"
        #expect(throws: SerialPortError.notFound(path: path)) { try SerialPort(opening: path) }
    }

    @Test func whatIsNoTerminalIsNamed() throws {
        let directory = try TemporaryDirectory()
        let file = directory.file("file")
        try write(Array("text".utf8), to: file)
        for path in [directory.path, file, "/dev/null"] {
            #expect(throws: SerialPortError.notATerminal(path: path)) { try SerialPort(opening: path) }
        }
        let below = "\(file)/tty"
        #expect(throws: SerialPortError.notFound(path: below)) { try SerialPort(opening: below) }
    }
}
