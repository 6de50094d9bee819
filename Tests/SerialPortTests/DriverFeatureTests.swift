internal import Glibc
internal import SerialPort
internal import Testing

/// Tests/Umockdev/driver_features.py runs these tests with a port that has modem lines and does not send its output.
@Suite(.serialized, .enabled(if: getenv("MOCK_PORT") != nil, "needs a mocked driver"))
struct DriverFeatureTests {
    private let path: String

    init() throws {
        path = String(cString: try #require(getenv("MOCK_PORT")))
    }

    /// The script that runs this test checks that each line changed once, as asked.
    @Test func linesAreSetAsAskedAndThenLeftAlone() throws {
        try SerialPort(opening: path).close()
        let port = try SerialPort(opening: path, settings: SerialSettings(dtr: false, rts: true))
        #expect(port.name == path)
        #expect(throws: SerialPortError.self) { try SerialPort(opening: path) }
        port.close()
    }

    /// The script that runs this test checks what the lines and the break did.
    @Test func linesAndBreakOfAnOpenPort() throws {
        let port = try SerialPort(opening: path)
        defer { port.close() }
        #expect(try port.modemLines().intersection([.cts, .dsr, .dcd, .ri]) == [.cts, .dsr])
        try port.setModemLines(dtr: true, rts: false)
        #expect(try port.modemLines() == [.cts, .dsr, .dtr])
        try port.setBreak(true)
        try port.setBreak(false)
        #expect(try port.unsentByteCount() == 100)
    }

    @Test func closingGivesUpOnOutputThatIsNotTaken() throws {
        let port = try SerialPort(opening: path)
        try port.write(all: [1, 2, 3])
        let duration = ContinuousClock().measure { port.close() }
        #expect(duration >= .milliseconds(250), "it waits as long as there may be progress")
        #expect(duration < .seconds(5))
        _ = try SerialPort(opening: path)
    }

    @Test func aRateThatTheDriverReplacesIsRefused() throws {
        try SerialPort(opening: path, settings: SerialSettings(baudRate: 3_000_000)).close()
        let error = SerialPortError.rateRejected(path: path, requested: 12_000_000, actual: 9600)
        #expect(throws: error) {
            try SerialPort(opening: path, settings: SerialSettings(baudRate: 12_000_000))
        }
    }
}
