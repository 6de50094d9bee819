// Takes apart what went over a line, from a capture of `pwtransfer --capture` or of Wireshark, and counts the chunks.
//
//     Sniffer CAPTURE
import Foundation
import WireCapture

guard CommandLine.arguments.count == 2 else {
    print("usage: Sniffer CAPTURE")
    exit(EX_USAGE)
}
let capture = [UInt8](try Data(contentsOf: URL(fileURLWithPath: CommandLine.arguments[1])))
var reader = CaptureReader(format: nil)
var pieces: [WireBytes] = []
try reader.feed(capture.span, into: &pieces)
_ = try reader.finish(into: &pieces)
var decoder = WireDecoder()
var items: [WireItem] = []
for piece in pieces { decoder.receive(piece, into: &items) }
decoder.finish(into: &items)
for item in items.prefix(5) { print(item.line) }
print("\(items.count) frames and texts, \(items.count { $0.line.contains("DATA") }) with data")
