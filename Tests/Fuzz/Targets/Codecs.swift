internal import HDLC
internal import PigweedRPC
internal import PigweedTransfer
internal import ProtobufWire
internal import TestSupport

/// The frames do not depend on how the bytes are cut, survive encoding and decoding, and no byte is lost.
func fuzzFrames(_ input: Span<UInt8>) {
    guard !input.isEmpty else { return }
    let limit = 6 + Int(input[0]) * 4
    let bytes = input.extracting(droppingFirst: 1)
    let whole = decodeFrames(bytes, pieceSize: max(bytes.count, 1), limit: limit)
    precondition(whole == decodeFrames(bytes, pieceSize: 1, limit: limit))
    precondition(whole == decodeFrames(bytes, pieceSize: 7, limit: limit))
    for frame in whole {
        guard case .frame(let address, let payload) = frame else { continue }
        var encoded: [UInt8] = []
        FrameEncoder.encode(address: address, payload: payload.span, into: &encoded)
        precondition(encoded.count <= FrameFormat.maximumEncodedSize(payload: payload.count))
        precondition(decodeFrames(encoded.span, pieceSize: encoded.count, limit: limit + 16) == [frame])
    }
}

private enum Piece: Equatable {
    case frame(FrameAddress, [UInt8])
    case unframed(FrameDecoder.Defect, [UInt8])
}

private func decodeFrames(_ bytes: Span<UInt8>, pieceSize: Int, limit: Int) -> [Piece] {
    var decoder = FrameDecoder(maximumContentSize: limit)
    var pieces: [Piece] = []
    var start = 0
    while start < bytes.count {
        let piece = bytes.extracting(start..<min(start + pieceSize, bytes.count))
        start += piece.count
        var position = 0
        while let output = decoder.next(in: piece, at: &position) {
            switch output {
            case .frame(let address, _): pieces.append(.frame(address, decoder.payload.array))
            case .unframed(let defect):
                precondition(!decoder.unframed.isEmpty && decoder.unframed.count <= 2 * limit)
                pieces.append(.unframed(defect, decoder.unframed.array))
            }
        }
        precondition(position == piece.count)
    }
    return pieces
}

/// A packet that decodes survives encoding and decoding.
func fuzzPacket(_ input: Span<UInt8>) {
    guard let (packet, range) = Packet.decode(input) else { return }
    let payload = input.extracting(range)
    var writer = FieldWriter()
    packet.encode(payload: payload, into: &writer)
    let encoded = writer.bytes
    guard let (again, place) = Packet.decode(encoded.span) else { preconditionFailure("no packet any more") }
    precondition(again == packet)
    precondition(encoded.span.extracting(place).array == payload.array)
}

/// A chunk that decodes survives encoding and decoding, and its properties can be computed.
func fuzzChunk(_ input: Span<UInt8>) {
    guard let (chunk, range) = Chunk.decode(input) else { return }
    let data = input.extracting(range)
    var writer = FieldWriter()
    chunk.encode(data: data, into: &writer)
    let encoded = writer.bytes
    guard let (again, place) = Chunk.decode(encoded.span) else { preconditionFailure("no chunk any more") }
    precondition(again == chunk)
    precondition(encoded.span.extracting(place).array == data.array)
    _ = chunk.effectiveKind(dataCount: data.count)
    _ = chunk.effectiveWindowEnd
    _ = chunk.isLegacyStart(dataCount: data.count)
}
