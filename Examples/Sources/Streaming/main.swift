// Writes what comes from an asynchronous sequence, with its progress, and gives up after some seconds.
//
//     Streaming PORT RESOURCE BYTES SECONDS
import Glibc
import TransferManager

let arguments = CommandLine.arguments
guard arguments.count == 5, let resource = UInt32(arguments[2]), let size = Int(arguments[3]),
    let seconds = Int(arguments[4])
else {
    print("usage: Streaming PORT RESOURCE BYTES SECONDS")
    exit(EX_USAGE)
}

/// Bytes that are made as the device takes them, so that few of them are in memory.
struct Measurements: AsyncSequence, AsyncIteratorProtocol, Sendable {
    var left: Int

    func makeAsyncIterator() -> Measurements { self }

    mutating func next() async -> [UInt8]? {
        let count = Swift.min(left, 1000)
        left -= count
        return count > 0 ? [UInt8](repeating: UInt8(left / 1000 % 256), count: count) : nil
    }
}

let manager = try await TransferManager(arguments[1])
let progress = TransferProgress(every: .milliseconds(500))
let write = Task {
    try await manager.write(resource: resource, chunks: Measurements(left: size), progress: progress)
}
let limit = Task {
    try await Task.sleep(for: .seconds(seconds))
    write.cancel()
}
for await report in progress { print("\(report.progress.moved) bytes in \(report.duration)") }
limit.cancel()
do {
    print("wrote", try await write.value.progress.moved, "bytes")
} catch let error as TransferError where error.status == .cancelled {
    print("gave up after", error.report.progress.moved, "bytes, and told the device")
}
await manager.close()
