internal import SerialPort

/// Bytes on their way to a transport that takes them piece by piece.
struct OutputBuffer {
    /// So much waits at the most before data are asked for: more would delay the turn back after a loss.
    static let limit = 4096

    /// Append here.
    var bytes: [UInt8] = []
    private var sent = 0

    init() {
        bytes.reserveCapacity(4 * Self.limit)
    }

    var unsentCount: Int { bytes.count - sent }
    var isEmpty: Bool { unsentCount == 0 }
    var hasRoom: Bool { unsentCount < Self.limit }

    /// Writes what the transport takes now.
    mutating func write(to transport: any ByteTransport) throws(SerialPortError) {
        guard !isEmpty else { return }
        sent += try Self.write(bytes, from: sent, to: transport)
        if isEmpty {
            bytes.removeAll(keepingCapacity: true)
            sent = 0
        }
    }

    /// Forgets everything.
    mutating func removeAll() {
        bytes.removeAll(keepingCapacity: true)
        sent = 0
    }

    private static func write(
        _ bytes: [UInt8], from start: Int, to transport: any ByteTransport
    ) throws(SerialPortError) -> Int {
        let result = bytes.withUnsafeBytes { bytes -> Result<Int, SerialPortError> in
            let rest = UnsafeRawBufferPointer(rebasing: bytes[start...])
            do throws(SerialPortError) { return .success(try transport.write(rest)) } catch {
                return .failure(error)
            }
        }
        return try result.get()
    }
}
