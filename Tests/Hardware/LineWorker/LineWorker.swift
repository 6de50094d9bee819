import SerialPort

/// What the library does with the lines of a port beside those for data, for the topics of `guest/topics`:
/// `LineWorker PORT WORD...` opens the port and obeys one word after the other.
///
///     show      prints the lines that are asserted
///     dtr=on    asserts it; likewise dtr=off, rts=on, rts=off
///     break     sends a break
@main struct LineWorker {
    static func main() async throws {
        let port = try SerialPort(opening: CommandLine.arguments[1])
        defer { port.close() }
        do throws(SerialPortError) {
            for word in CommandLine.arguments.dropFirst(2) { try await obey(word, port) }
        } catch {
            print(error)
        }
    }

    private static func obey(_ word: String, _ port: SerialPort) async throws(SerialPortError) {
        switch word {
        case "show": print(names(try port.modemLines()))
        case "dtr=on": try port.setModemLines(dtr: true)
        case "dtr=off": try port.setModemLines(dtr: false)
        case "rts=on": try port.setModemLines(rts: true)
        case "rts=off": try port.setModemLines(rts: false)
        case "break": try await port.sendBreak()
        default: preconditionFailure("no such word: \(word)")
        }
    }

    private static func names(_ lines: ModemLines) -> String {
        let all: [(ModemLines, String)] = [
            (.dtr, "dtr"), (.rts, "rts"), (.cts, "cts"), (.dsr, "dsr"), (.dcd, "dcd"), (.ri, "ri"),
        ]
        return all.filter { lines.contains($0.0) }.map(\.1).joined(separator: " ")
    }
}
