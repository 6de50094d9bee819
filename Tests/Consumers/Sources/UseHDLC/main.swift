import HDLC

/// Holds a decoder, and copies each payload while it does.
final class Receiver {
    private var decoder = FrameDecoder(maximumContentSize: 1024)
    private(set) var payloads: [[UInt8]] = []

    func take(_ bytes: [UInt8]) {
        var position = 0
        while let output = decoder.next(in: bytes.span, at: &position) {
            guard case .frame = output else { continue }
            var payload: [UInt8] = []
            decoder.appendPayload(to: &payload)
            payloads.append(payload)
        }
    }
}

var line = Array("console\n".utf8)
let message: [UInt8] = [1, 0x7E, 3]
FrameEncoder.encode(address: .rpc, payload: message.span, into: &line)
let receiver = Receiver()
receiver.take(line)
precondition(receiver.payloads == [message])
