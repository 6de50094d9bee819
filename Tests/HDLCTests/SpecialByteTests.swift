import HDLC
import Testing

/// Flags and escapes at every place of a payload. The search examines blocks of bytes, then the remaining bytes.
@Suite("Special bytes")
struct SpecialByteTests {
    @Test("Each place, each length", arguments: [FrameFormat.flag, FrameFormat.escape])
    func places(special: UInt8) {
        for count in 1...70 {
            for place in 0..<count {
                var payload = [UInt8](repeating: 0x7C, count: count)
                payload[place] = special
                var frame: [UInt8] = []
                FrameEncoder.encode(address: .rpc, payload: payload.span, into: &frame)
                let body = frame.dropFirst().dropLast()
                let escaped = body.dropFirst(2 + place).prefix(2)
                #expect(!body.contains(FrameFormat.flag) && Array(escaped) == [0x7D, special ^ 0x20])
                #expect(Self.payload(of: frame) == payload)
            }
        }
    }

    @Test(
        "A payload in three parts makes the frame of the whole",
        arguments: [0, 1, 15, 16, 17, 63, 64, 65, 200])
    func parts(count: Int) {
        let payload = (0..<count).map { UInt8(truncatingIfNeeded: 0x70 + $0 % 17) }
        for first in stride(from: 0, through: count, by: 7) {
            for second in stride(from: first, through: count, by: 11) {
                var output: [UInt8] = [1, 2]
                var frame = FrameEncoder(address: .rpc, into: &output)
                for part in [0..<first, first..<second, second..<count] {
                    frame.append(payload.span.extracting(part), to: &output)
                }
                frame.finish(into: &output)
                #expect(output == [1, 2] + encode(FrameAddress.rpc.rawValue, payload))
            }
        }
    }

    private static func payload(of frame: [UInt8]) -> [UInt8]? {
        var decoder = FrameDecoder(maximumContentSize: 1024)
        var position = 0
        guard case .frame = decoder.next(in: frame.span, at: &position) else { return nil }
        return decoder.payload.withUnsafeBufferPointer { Array($0) }
    }
}
