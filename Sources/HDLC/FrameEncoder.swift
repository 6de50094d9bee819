/// Writes HDLC frames.
public enum FrameEncoder {
    /// Appends one whole frame, both flags included.
    ///
    /// - Parameters:
    ///   - address: where the frame goes.
    ///   - payload: its content, unescaped; may be empty.
    ///   - output: receives at most ``FrameFormat/maximumEncodedSize(payload:)`` bytes.
    public static func encode(address: FrameAddress, payload: Span<UInt8>, into output: inout [UInt8]) {
        var crc = CRC32()
        output.append(FrameFormat.flag)

        var rest = address.rawValue
        repeat {
            let last: UInt8 = rest < 0x80 ? 1 : 0
            let byte = UInt8(truncatingIfNeeded: rest << 1) | last
            crc.update(byte)
            append(byte, to: &output)
            rest >>= 7
        } while rest != 0

        crc.update(FrameFormat.unnumberedInformation)
        append(FrameFormat.unnumberedInformation, to: &output)

        crc.update(payload)
        append(payload, to: &output)

        let check = crc.value
        for shift in stride(from: UInt32(0), to: 32, by: 8) {
            append(UInt8(truncatingIfNeeded: check >> shift), to: &output)
        }
        output.append(FrameFormat.flag)
    }

    private static func append(_ byte: UInt8, to output: inout [UInt8]) {
        if byte == FrameFormat.flag || byte == FrameFormat.escape {
            output.append(FrameFormat.escape)
            output.append(byte ^ FrameFormat.escapeMask)
        } else {
            output.append(byte)
        }
    }

    /// Copies runs between special bytes, which are rare, and escapes these.
    private static func append(_ bytes: Span<UInt8>, to output: inout [UInt8]) {
        var start = 0
        while start < bytes.count {
            let end = bytes.firstSpecialByte(from: start)
            output.append(copying: bytes.extracting(start..<end))
            guard end < bytes.count else { return }
            append(bytes[end], to: &output)
            start = end + 1
        }
    }
}
