package import SerialPort

/// Bytes on their way to a transport that takes them piece by piece.
package struct OutputBuffer: Sendable {
    /// So much waits at the most before data are asked for: more would delay the turn back after a loss. It grows where
    /// the transport takes more at a time than any line carries, for fewer calls.
    private var limit = Self.limits.lowerBound
    private static let limits = 4096...16384

    /// The bytes; new ones are appended here.
    package var bytes: [UInt8] = []
    private var sent = 0
    /// How many bytes transports took, ever.
    private(set) var totalSent: UInt64 = 0

    /// An empty buffer.
    package init() {
        bytes.reserveCapacity(3 * Self.limits.upperBound)
    }

    /// Whether everything was written.
    package var isEmpty: Bool { bytes.count == sent }

    /// Whether more should be appended.
    package var hasRoom: Bool { bytes.count - sent < limit }

    /// Writes what the transport takes now.
    package mutating func write(to transport: any ByteTransport) throws(SerialPortError) {
        guard !isEmpty else { return }
        let offered = bytes.count - sent
        let count = try transport.write(bytes, from: sent)
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

    /// Forgets everything.
    package mutating func removeAll() {
        bytes.removeAll(keepingCapacity: true)
        sent = 0
    }
}
