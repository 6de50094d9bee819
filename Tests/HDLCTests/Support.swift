import HDLC
import TestSupport
import Testing

/// An output of the decoder, with its bytes.
enum Found: Equatable {
    case frame(UInt64, [UInt8])
    case unframed(FrameDecoder.Defect, [UInt8])
}

func encode(_ address: UInt64, _ payload: [UInt8]) -> [UInt8] {
    frame(payload, address: FrameAddress(rawValue: address))
}

/// Decodes a stream in pieces; text that remains at the end is flushed.
func decode(_ pieces: [[UInt8]], limit: Int = 4096) -> [Found] {
    var decoder = FrameDecoder(maximumContentSize: limit)
    var found: [Found] = []
    for piece in pieces {
        var position = 0
        while let output = decoder.next(in: piece.span, at: &position) {
            switch output {
            case .frame(let address, _): found.append(.frame(address.rawValue, decoder.payload.array))
            case .unframed(let defect): found.append(.unframed(defect, decoder.unframed.array))
            }
        }
        #expect(position == piece.count)
    }
    if decoder.flushText() { found.append(.unframed(.text, decoder.unframed.array)) }
    return found
}

/// Decodes a stream as a whole, byte by byte, and with another frame after it. The result must always be the same.
func expectEveryWay(
    _ stream: [UInt8], _ expected: [Found], limit: Int = 4096,
    sourceLocation: SourceLocation = #_sourceLocation
) {
    #expect(decode([stream], limit: limit) == expected, "whole", sourceLocation: sourceLocation)
    #expect(
        decode(stream.map { [$0] }, limit: limit) == expected, "byte by byte",
        sourceLocation: sourceLocation)
    let trailer = encode(5, [1, 2, 3])
    #expect(
        decode([stream + trailer], limit: limit) == expected + [.frame(5, [1, 2, 3])], "with trailing data",
        sourceLocation: sourceLocation)
}
