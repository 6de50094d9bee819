package import SerialPort

/// Bytes on their way to a transport that takes them piece by piece.
package struct OutputBuffer: Sendable {
    /// No data are asked for while this many bytes wait: more would delay the way back after a loss. The limit grows if
    /// the transport takes more at a time than any line carries, so that fewer calls are needed.
    private var limit = Self.limits.lowerBound
    private static let limits = 4096...16384

    /// The bytes, to which new ones are appended.
    package var bytes: [UInt8] = []
    private var sent = 0
    /// How many bytes transports took since this buffer was made.
    private(set) var totalSent: UInt64 = 0

    /// An empty buffer.
    package init() {
        bytes.reserveCapacity(3 * Self.limits.upperBound)
    }

    /// Whether everything was written.
    package var isEmpty: Bool { bytes.count == sent }

    /// Whether more should be appended.
    package var hasRoom: Bool { bytes.count - sent < limit }

    /// Writes as many bytes as the transport takes now.
    package mutating func write(to transport: any ByteTransport) throws(SerialPortError) {
        guard !isEmpty else { return }
        let offered = bytes.count - sent
        let count = try bytes.span.extracting(sent...).withUnsafeBytes { rest throws(SerialPortError) in
            try transport.write(rest)
        }
        sent += count
        if count == offered, offered >= limit {
            limit = min(limit * 2, Self.limits.upperBound)
        } else if count < offered / 4 {
            limit = max(limit / 2, Self.limits.lowerBound)
        }
        totalSent += UInt64(count)
        if isEmpty || sent >= Self.limits.upperBound {
            bytes.removeFirst(sent)
            sent = 0
        }
    }

    /// Discards all bytes.
    package mutating func removeAll() {
        bytes.removeAll(keepingCapacity: true)
        sent = 0
    }
}
