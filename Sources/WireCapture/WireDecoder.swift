public import HDLC
internal import PigweedTransfer

/// Decodes the bytes of a capture, of both directions of each line, down to the chunks.
///
/// It needs memory for two of the longest frames for each direction of each line, whatever comes.
public struct WireDecoder: ~Copyable {
    private let address: FrameAddress
    private var lines: [String?: LineDecoder] = [:]
    /// The time of the first item of any line.
    private var origin: Duration?

    /// A decoder before the first bytes.
    ///
    /// - Parameter address: the HDLC address of RPC packets.
    public init(address: FrameAddress = .rpc) {
        self.address = address
    }

    /// Takes the next bytes, and appends complete items to `items`.
    public mutating func receive(_ event: WireBytes, into items: inout [WireItem]) {
        let count = items.count
        let line = lines[event.port] ?? LineDecoder(address: address)
        lines[event.port] = line
        line.receive(event, into: &items)
        place(&items, from: count, event.port)
    }

    /// Appends the last items of a port's line, which its end completes. Later bytes of the port belong to a new line.
    package mutating func finish(port: String?, into items: inout [WireItem]) {
        guard let line = lines.removeValue(forKey: port) else { return }
        let count = items.count
        line.finish(into: &items)
        place(&items, from: count, port)
    }

    /// Appends the last items of all lines, which the end of the capture completes.
    public mutating func finish(into items: inout [WireItem]) {
        for port in lines.keys.sorted(by: { ($0 ?? "") < ($1 ?? "") }) { finish(port: port, into: &items) }
    }

    /// Counts the times of new items from the first item, and names their port.
    private mutating func place(_ items: inout [WireItem], from first: Int, _ port: String?) {
        for index in first..<items.count {
            items[index].port = port
            guard let time = items[index].time else { continue }
            let origin = origin ?? time
            self.origin = origin
            items[index].time = time - origin
        }
    }
}
