internal import WireCapture

/// Reads any bytes as a capture. The result does not depend on how the bytes are cut, and the printed text is ASCII.
func fuzzCapture(_ input: Span<UInt8>) {
    guard !input.isEmpty else { return }
    let format: CaptureFormat? =
        switch input[0] & 3 {
        case 0: nil
        case 1: .pcapng
        case 2: .jsonl
        default: .raw
        }
    let bytes = input.extracting(droppingFirst: 1)
    let whole = lines(of: bytes, pieceSize: max(bytes.count, 1), format)
    precondition(whole == lines(of: bytes, pieceSize: 3, format) || format == .raw || format == nil)
    for line in whole { precondition(line.utf8.allSatisfy { (0x20..<0x7F).contains($0) }) }
}

private func lines(of bytes: Span<UInt8>, pieceSize: Int, _ format: CaptureFormat?) -> [String] {
    var reader = CaptureReader(format: format)
    var decoder = WireDecoder()
    var events: [WireBytes] = []
    var items: [WireItem] = []
    var start = 0
    do throws(CaptureError) {
        while start < bytes.count {
            let piece = bytes.extracting(start..<min(start + pieceSize, bytes.count))
            start += piece.count
            try reader.feed(piece, into: &events)
        }
        _ = try reader.finish(into: &events)
    } catch {
        precondition(!error.description.isEmpty)
    }
    for event in events { decoder.receive(event, into: &items) }
    decoder.finish(into: &items)
    for item in items { _ = WireRecord(item) }
    return items.map(\.line)
}
