internal import CLibrary
package import MonotonicTime
package import SystemPackage

/// Writes to a pipe, a terminal or a device, whose reader may stop reading for any time.
package struct StreamWriter: ~Copyable {
    /// The bytes that a pipe takes in one piece whenever `poll(2)` says that it is writable.
    private static let pieceSize = Int(PIPE_BUF)

    private let descriptor: Int32
    private var wait = DescriptorWait(count: 2)

    /// A writer to a descriptor, which it does not close.
    package init(_ descriptor: Int32) {
        self.descriptor = descriptor
    }

    /// Writes until the deadline or a stop; after these, only what the reader takes without a wait.
    ///
    /// - Returns: how many bytes were taken; fewer than given if the deadline or the stop came first.
    package mutating func write(
        _ bytes: Span<UInt8>, until deadline: Instant?, stop: StopRequest?
    ) throws(Errno) -> Int {
        var position = 0
        while position < bytes.count {
            let isOver = stop?.signal != nil || deadline.map { MonotonicClock.now >= $0 } ?? false
            wait.set(0, descriptor, .write)
            if let stop { wait.set(1, stop.descriptor, .read) }
            wait.wait(until: isOver ? .zero : deadline)
            guard wait.isReady(0, for: .write) else {
                guard !isOver else { break }
                continue
            }
            let piece = bytes.extracting(position..<min(bytes.count, position + Self.pieceSize))
            position += try piece.withUnsafeBytes { piece throws(Errno) in
                try FileSystem.write(piece, to: descriptor)
            }
        }
        return position
    }
}
