package import SerialPort

extension ByteTransport {
    /// Takes bytes that have arrived. Returns how many were put at the start of `bytes`, 0 if there are none now.
    package func read(into bytes: inout [UInt8]) throws(SerialPortError) -> Int {
        try bytes.filling(bytes.count) { room throws(SerialPortError) in try read(into: room) }
    }

    /// Sends bytes from index `start` on. Returns how many were taken, 0 if none can be taken now.
    package func write(_ bytes: [UInt8], from start: Int) throws(SerialPortError) -> Int {
        try bytes.span.extracting(start...).withUnsafeBytes { rest throws(SerialPortError) in
            try write(rest)
        }
    }
}
