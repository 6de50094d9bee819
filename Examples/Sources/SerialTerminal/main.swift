// A serial terminal: what is typed goes to the port, line by line; what the port sends is shown, without the characters that
// would control this terminal.
//
//     SerialTerminal PORT [BAUD]
import Glibc
import SerialPort

let arguments = CommandLine.arguments
guard arguments.count > 1, let rate = UInt32(arguments.count > 2 ? arguments[2] : "115200") else {
    print("usage: SerialTerminal PORT [BAUD]")
    exit(EX_USAGE)
}
do {
    let port = try AsyncTransport(SerialPort(opening: arguments[1], settings: SerialSettings(baudRate: rate)))
    let show = Task.detached {
        for try await line in port.lines() { print(DeviceText.visible(line)) }
    }
    while let line = readLine() { try await port.write("\(line)\r\n".utf8) }
    // What is answered to the last line.
    try await Task.sleep(for: .milliseconds(200))
    show.cancel()
    try await show.value
    await port.close()
} catch {
    print(error)
    exit(EXIT_FAILURE)
}
