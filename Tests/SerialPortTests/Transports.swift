internal import Glibc
internal import SerialPort
internal import Testing

/// How long a test waits for bytes that never come before it fails.
private let patience: Int32 = 5000

func waitFor(_ events: Int32, on descriptor: Int32) throws {
    var request = pollfd(fd: descriptor, events: Int16(events), revents: 0)
    let count = poll(&request, 1, patience)
    try #require(count == 1, "nothing happened on descriptor \(descriptor)")
}

extension ByteTransport {
    /// The bytes that `read` gives at once, up to 4 KiB.
    func readAvailable() throws(SerialPortError) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: 4096)
        var result: Result<Int, SerialPortError> = .success(0)
        bytes.withUnsafeMutableBytes { buffer in
            do throws(SerialPortError) {
                result = .success(try read(into: buffer))
            } catch {
                result = .failure(error)
            }
        }
        return Array(bytes.prefix(try result.get()))
    }

    func writeAvailable(_ bytes: some Collection<UInt8>) throws(SerialPortError) -> Int {
        var result: Result<Int, SerialPortError> = .success(0)
        Array(bytes).withUnsafeBytes { buffer in
            do throws(SerialPortError) {
                result = .success(try write(buffer))
            } catch {
                result = .failure(error)
            }
        }
        return try result.get()
    }

    /// Waits for this many bytes.
    func read(count: Int) throws -> [UInt8] {
        var bytes: [UInt8] = []
        while bytes.count < count {
            try waitFor(POLLIN, on: fileDescriptor)
            bytes += try readAvailable()
        }
        return bytes
    }

    func write(all bytes: [UInt8]) throws {
        var rest = bytes[...]
        while !rest.isEmpty {
            try waitFor(POLLOUT, on: fileDescriptor)
            rest = rest.dropFirst(try writeAvailable(rest))
        }
    }
}
