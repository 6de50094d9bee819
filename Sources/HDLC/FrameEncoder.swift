internal import CHDLC

/// Writes an HDLC frame, whose payload may be given in several parts.
public struct FrameEncoder {
    private var crc = CRC32()

    /// Appends one whole frame, both flags included.
    ///
    /// - Parameters:
    ///   - address: where the frame goes.
    ///   - payload: its content, unescaped; may be empty.
    ///   - output: receives the frame.
    public static func encode(address: FrameAddress, payload: Span<UInt8>, into output: inout [UInt8]) {
        var frame = FrameEncoder(address: address, into: &output)
        frame.append(payload, to: &output)
        frame.finish(into: &output)
    }

    /// Begins a frame at the end of `output`, which must get nothing else until the frame is finished.
    package init(address: FrameAddress, into output: inout [UInt8]) {
        output.append(FrameFormat.flag)
        // Room for the longest address and the control byte.
        var header = InlineArray<11, UInt8>(repeating: 0)
        var count = 0
        var rest = address.rawValue
        repeat {
            let last: UInt8 = rest < 0x80 ? 1 : 0
            header[count] = UInt8(truncatingIfNeeded: rest << 1) | last
            count += 1
            rest >>= 7
        } while rest != 0
        header[count] = FrameFormat.unnumberedInformation
        append(header.span.extracting(0...count), to: &output)
    }

    /// Appends a part of the payload.
    package mutating func append(_ payload: Span<UInt8>, to output: inout [UInt8]) {
        crc.update(payload)
        Self.escape(payload, into: &output)
    }

    /// Appends the check sequence and the closing flag.
    package consuming func finish(into output: inout [UInt8]) {
        let check = crc.value
        let bytes = InlineArray<4, UInt8> { UInt8(truncatingIfNeeded: check >> UInt32(8 * $0)) }
        Self.escape(bytes.span, into: &output)
        output.append(FrameFormat.flag)
    }

    private static func escape(_ bytes: Span<UInt8>, into output: inout [UInt8]) {
        // Each byte becomes two at the most.
        output.append(addingCapacity: 2 * bytes.count) { room in
            room.withUnsafeMutableBufferPointer { room, count in
                count = bytes.withUnsafeBufferPointer {
                    chdlc_escape(
                        $0.baseAddress, $0.count, FrameFormat.flag, FrameFormat.escape,
                        FrameFormat.escapeMask, room.baseAddress)
                }
            }
        }
    }
}

#if compiler(<6.3)
    extension [UInt8] {
        /// Replaces the method that the standard library has from Swift 6.3 on; this one copies the bytes once more.
        fileprivate mutating func append(
            addingCapacity capacity: Int, initializingWith write: (inout OutputSpan<UInt8>) -> Void
        ) {
            withUnsafeTemporaryAllocation(of: UInt8.self, capacity: capacity) { buffer in
                var room = OutputSpan(buffer: buffer, initializedCount: 0)
                write(&room)
                let count = room.finalize(for: buffer)
                append(contentsOf: UnsafeBufferPointer(rebasing: buffer[..<count]))
            }
        }
    }
#endif
