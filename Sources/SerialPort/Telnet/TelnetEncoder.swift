internal import CLibrary

/// Writes data in the form of telnet, in which the byte 0xff stands twice.
package struct TelnetEncoder: Sendable {
    /// The most bytes of data that are escaped at once.
    private static let pieceSize = 1 << 14

    private var escaped: [UInt8] = []

    package init() {}

    /// Sends data, as far as `send` takes them.
    ///
    /// - Parameters:
    ///   - bytes: the data.
    ///   - owed: receives the second half of a pair if only the first half was taken. It must be sent before anything
    ///     else.
    ///   - send: sends bytes, and returns how many were taken.
    /// - Returns: how many bytes of data were taken.
    package mutating func send(
        _ bytes: UnsafeRawBufferPointer, owed: inout [UInt8],
        by send: (UnsafeRawBufferPointer) throws(SerialPortError) -> Int
    ) throws(SerialPortError) -> Int {
        var taken = 0
        while taken < bytes.count {
            let piece = UnsafeRawBufferPointer(rebasing: bytes[taken...].prefix(Self.pieceSize))
            let length = escape(piece)
            let sent: Int
            if length == piece.count {
                sent = try send(piece)
                taken += sent
            } else {
                sent = try escaped.span.withUnsafeBytes { all throws(SerialPortError) in try send(all) }
                taken += Self.count(of: piece, in: sent, owed: &owed)
            }
            if sent < length { break }
        }
        return taken
    }

    /// Leaves the escaped bytes in `escaped`, unless there is nothing to escape.
    ///
    /// - Returns: how many bytes the escaped data have.
    private mutating func escape(_ bytes: UnsafeRawBufferPointer) -> Int {
        let mark = TelnetCommand.interpretAsCommand
        guard let base = bytes.baseAddress, memchr(base, Int32(mark), bytes.count) != nil else {
            return bytes.count
        }
        escaped.removeAll(keepingCapacity: true)
        for byte in bytes {
            escaped.append(byte)
            if byte == mark { escaped.append(mark) }
        }
        return escaped.count
    }

    /// How many bytes of data are in the first `sent` escaped bytes. A pair of which only half was sent counts.
    private static func count(
        of bytes: UnsafeRawBufferPointer, in sent: Int, owed: inout [UInt8]
    ) -> Int {
        var position = 0
        for (index, byte) in bytes.enumerated() {
            if position >= sent { return index }
            guard byte == TelnetCommand.interpretAsCommand else {
                position += 1
                continue
            }
            position += 2
            if position > sent { owed.append(TelnetCommand.interpretAsCommand) }
        }
        return bytes.count
    }
}
