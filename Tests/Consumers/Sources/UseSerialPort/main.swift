import SerialPort

do throws(SerialPortError) {
    _ = try SerialPort(opening: "/nowhere")
    preconditionFailure("there is no such port")
} catch {
    precondition("\(error)" == "/nowhere: no such device")
    if case .system(_, _, let code) = error { precondition(code == .noSuchFileOrDirectory) }
}
let terminal = try PseudoTerminal()
let port = try SerialPort(opening: terminal.slavePath)
precondition(port.fileDescriptor >= 0)
port.close()
