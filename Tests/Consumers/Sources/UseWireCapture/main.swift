import WireCapture

var reader = CaptureReader(format: nil)
var pieces: [WireBytes] = []
let payload: [UInt8] = [1, 2, 3]
var bytes = Array("booted\n".utf8)
FrameEncoder.encode(address: .rpc, payload: payload.span, into: &bytes)
do throws(CaptureError) {
    try reader.feed(bytes.span, into: &pieces)
    _ = try reader.finish(into: &pieces)
} catch {
    preconditionFailure("\(error)")
}
var decoder = WireDecoder()
var items: [WireItem] = []
for piece in pieces { decoder.receive(piece, into: &items) }
decoder.finish(into: &items)
precondition(items.count == 2)
