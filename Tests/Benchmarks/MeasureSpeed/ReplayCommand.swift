import ArgumentParser
import Foundation
import SerialPort

/// Writes the bytes that a recorded transfer put on the line, in a loop that does nothing else. No client can need
/// less time.
struct ReplayCommand: ParsableCommand {
    static let configuration = CommandConfiguration(commandName: "replay")

    @Argument(help: "The bytes that the transfer sent.")
    var file: String

    @Argument(help: "The port of a device like the one that they were sent to.")
    var port: String

    @Option(help: "The sizes of the first pieces, each of which the device answers before the next.")
    var handshake: [Int] = []

    /// Bytes in one system call.
    private static let block = 16384
    /// How long to wait, in milliseconds.
    private static let patience: Int32 = 1000

    func run() throws {
        let bytes = [UInt8](try Data(contentsOf: URL(fileURLWithPath: file)))
        let port = try SerialPort(opening: port, settings: SerialSettings())
        var sent = 0
        for size in handshake {
            sent += try write(bytes, from: sent, count: size, to: port)
            try receive(from: port, within: Self.patience)
        }
        let start = processorTime()
        while sent < bytes.count {
            sent += try write(bytes, from: sent, count: Self.block, to: port)
            var request = pollfd(fd: port.fileDescriptor, events: Int16(POLLIN | POLLOUT), revents: 0)
            guard poll(&request, 1, Self.patience) > 0 else {
                throw ValidationError("the device takes nothing any more, after \(sent) bytes")
            }
            if request.revents & Int16(POLLIN) != 0 { try receive(from: port, within: 0) }
        }
        print("{\"processor_seconds\": \(processorTime() - start)}")
        while try receive(from: port, within: Self.patience) > 0 {}
    }

    private func write(_ bytes: [UInt8], from start: Int, count: Int, to port: SerialPort) throws -> Int {
        try bytes[start..<min(start + count, bytes.count)].withUnsafeBytes { try port.write($0) }
    }

    @discardableResult
    private func receive(from port: SerialPort, within milliseconds: Int32) throws -> Int {
        var request = pollfd(fd: port.fileDescriptor, events: Int16(POLLIN), revents: 0)
        if milliseconds > 0 { poll(&request, 1, milliseconds) }
        return try withUnsafeTemporaryAllocation(byteCount: 4096, alignment: 1) { try port.read(into: $0) }
    }

    /// The processor time of this process, user and kernel, in seconds.
    private func processorTime() -> Double {
        var time = timespec()
        clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time)
        return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
    }
}
