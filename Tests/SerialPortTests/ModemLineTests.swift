internal import Glibc
internal import SerialPort
internal import Testing

/// Tests/Umockdev/modem_lines.py runs these with a port that has modem lines, and checks what became of them.
@Suite(.enabled(if: getenv("MOCK_PORT") != nil, "needs a port with modem lines"))
struct ModemLineTests {
    @Test func linesAreSetAsAskedAndThenLeftAlone() throws {
        let path = String(cString: try #require(getenv("MOCK_PORT")))
        try SerialPort(opening: path).close()
        let port = try SerialPort(opening: path, settings: SerialSettings(dtr: .off, rts: .on))
        #expect(port.name == path)
        #expect(throws: SerialPortError.self) { try SerialPort(opening: path) }
        port.close()
    }
}
