public import SerialPort

extension ByteTransport {
    /// Takes bytes that have arrived: how many were put at the start of `bytes`, 0 if there are none now.
    public func read(into bytes: inout [UInt8]) throws(SerialPortError) -> Int {
        let result = bytes.withUnsafeMutableBytes { bytes -> Result<Int, SerialPortError> in
            do throws(SerialPortError) { return .success(try read(into: bytes)) } catch {
                return .failure(error)
            }
        }
        return try result.get()
    }

    /// Sends bytes from index `start` on: how many were taken, 0 if none can be taken now.
    public func write(_ bytes: [UInt8], from start: Int) throws(SerialPortError) -> Int {
        let result = bytes.withUnsafeBytes { bytes -> Result<Int, SerialPortError> in
            let rest = UnsafeRawBufferPointer(rebasing: bytes[start...])
            do throws(SerialPortError) { return .success(try write(rest)) } catch { return .failure(error) }
        }
        return try result.get()
    }
}
