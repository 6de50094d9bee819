/// Computes the bytes that a receiver reads if the sender has another rate.
package enum RateMismatch {
    /// The bits of a byte on the line: a start bit, eight bits of data, and a stop bit.
    private static let frameBits = 10
    private static let dataBits = 8

    /// The received bytes. The line is sampled at the receiver's rate, in the middle of each of its bits.
    ///
    /// - Parameters:
    ///   - bytes: the bytes that are sent one behind the other, without pauses.
    ///   - senderRate: the sender's bits a second; more than 0.
    ///   - receiverRate: the receiver's bits a second; more than 0.
    package static func received(
        _ bytes: Span<UInt8>, sentAt senderRate: UInt32, receivedAt receiverRate: UInt32
    ) -> [UInt8] {
        let end = Double(bytes.count * frameBits)
        // The length of a bit of the receiver, in bits of the sender.
        let step = Double(senderRate) / Double(receiverRate)
        var received: [UInt8] = []
        var time = 0.0
        while true {
            // A start bit begins where the line falls; the line was idle before the first.
            while time > 0, time < end, !level(of: bytes, at: time) { time = time.rounded(.down) + 1 }
            while time < end, level(of: bytes, at: time) { time = time.rounded(.down) + 1 }
            guard time < end else { return received }
            var byte: UInt8 = 0
            for bit in 0..<dataBits where level(of: bytes, at: time + (Double(bit) + 1.5) * step) {
                byte |= 1 << bit
            }
            received.append(byte)
            time += (Double(dataBits) + 1.5) * step
        }
    }

    /// Whether the line is high at a time, counted in bits of the sender. An idle line is high.
    private static func level(of bytes: Span<UInt8>, at time: Double) -> Bool {
        let (index, bit) = Int(time).quotientAndRemainder(dividingBy: frameBits)
        guard index < bytes.count else { return true }
        switch bit {
        case 0: return false
        case frameBits - 1: return true
        default: return bytes[index] >> (bit - 1) & 1 == 1
        }
    }
}
