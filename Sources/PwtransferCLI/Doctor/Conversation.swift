internal import HDLC
internal import PigweedRPC
internal import PigweedTransfer

/// Asks a device harmless questions, and takes the first answer.
///
/// The question ends the client's side of a `Read` call that is not open. A server answers FAILED_PRECONDITION if it
/// has the method, and NOT_FOUND if not. On another channel or address it answers nothing. Nothing stays open in the
/// device (Pigweed's `pw_rpc/server.cc`).
struct Conversation: Sendable {
    /// Where a question goes: an HDLC address and a channel.
    typealias Target = LineSample.Origin

    /// How often the same question is sent, since a line may lose it.
    static let attempts = 3

    private static let otherLimit = 40

    let asked: Target
    /// What the device has answered, and from where.
    private(set) var answer: (target: Target, status: Status)?
    private(set) var sentQuestions = 0
    /// Other channels and addresses, tried only if the requested ones give no answer.
    private(set) var others: [Target] = []

    private let firstCallID: UInt32
    private static let callIDs: UInt32 = 64

    /// - Parameters:
    ///   - seen: what was received so far, with the origins of packets.
    ///   - seed: any number; it selects call ids that the device is unlikely to use.
    init(with asked: Target, seen: LineSample.Figures, seed: UInt32) {
        self.asked = asked
        firstCallID = 0x1000 + seed % 0x1F_0000
        // First come the origins of packets, then firmware that changed only the address or only the channel, then
        // all others.
        var candidates = seen.origins.keys.sorted {
            ($0.address.rawValue, $0.channel) < ($1.address.rawValue, $1.channel)
        }
        let customary = (1...8).map { UInt32($0) }
        let addresses =
            [asked.address, .rpc]
            + seen.addresses.sorted().map(FrameAddress.init(rawValue:)).filter { $0 != .log }
        candidates += addresses.map { Target(address: $0, channel: asked.channel) }
        candidates += customary.map { Target(address: asked.address, channel: $0) }
        candidates += addresses.flatMap { address in
            customary.map { Target(address: address, channel: $0) }
        }
        var known: Set<Target> = [asked]
        others = Array(candidates.filter { known.insert($0).inserted }.prefix(Self.otherLimit))
    }

    /// The bytes of a question to a target.
    mutating func question(to target: Target) -> [UInt8] {
        let callID = firstCallID + UInt32(sentQuestions) % Self.callIDs
        sentQuestions += 1
        let packet = Packet(
            .clientRequestCompletion, channel: target.channel, method: TransferService.read, callID: callID)
        var frame: [UInt8] = []
        FrameEncoder.encode(address: target.address, payload: packet.encoded().span, into: &frame)
        return frame
    }

    /// Takes a packet from the device. Ignores a packet that does not answer a question.
    mutating func receive(_ packet: Packet, from origin: Target) {
        guard answer == nil, packet.kind == .serverError, packet.method == TransferService.read,
            packet.callID == 0 || (firstCallID..<firstCallID + Self.callIDs).contains(packet.callID)
        else { return }
        answer = (origin, packet.status)
    }
}
