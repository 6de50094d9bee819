import ArgumentParser
import Foundation
import SerialPort

/// Measures how fast a pseudo-terminal carries bytes that nobody looks at: one thread writes, another one reads.
struct CeilingCommand: ParsableCommand {
    static let configuration = CommandConfiguration(commandName: "ceiling")

    enum Direction: String, ExpressibleByArgument, CaseIterable {
        case read, write
    }

    @Option(help: "Whether the port is read or written.")
    var direction = Direction.read

    @Option(help: "Bytes to carry.")
    var bytes = 16 << 20

    /// The default of 4 KiB is what the kernel's line discipline holds, and the most that one read returns.
    @Option(help: "Bytes in one system call.")
    var block = 4096

    func run() throws {
        let terminal = try PseudoTerminal()
        let port = try SerialPort(opening: terminal.slavePath, settings: SerialSettings())
        let (source, target) =
            direction == .read
            ? (terminal.fileDescriptor, port.fileDescriptor) : (port.fileDescriptor, terminal.fileDescriptor)
        for descriptor in [source, target] {
            _ = fcntl(descriptor, F_SETFL, fcntl(descriptor, F_GETFL) & ~O_NONBLOCK)
        }
        let total = bytes
        let size = block
        let clock = ContinuousClock()
        let start = clock.now
        let writer = Thread { push(total, to: source, block: size) }
        writer.start()
        var buffer = [UInt8](repeating: 0, count: size)
        var received = 0
        while received < total {
            let count = read(target, &buffer, size)
            guard count > 0 else { throw ValidationError("the terminal ended: \(errno)") }
            received += count
        }
        let seconds = (clock.now - start) / .seconds(1)
        print("{\"bytes\": \(received), \"seconds\": \(seconds)}")
    }
}

private func push(_ total: Int, to descriptor: Int32, block: Int) {
    let bytes = [UInt8](repeating: 0x55, count: block)
    var sent = 0
    while sent < total {
        let count = write(descriptor, bytes, min(block, total - sent))
        guard count > 0 else { return }
        sent += count
    }
}
