internal import HDLC
internal import PigweedRPC
internal import PigweedTransfer

/// Asks a device harmless questions, and takes its answers.
///
/// The question ends the client's side of a `Read` call that is not open. A server answers FAILED_PRECONDITION if it has
/// the method, NOT_FOUND if not, and nothing at all on another channel or address; nothing stays open in the device
/// (Pigweed's `pw_rpc/server.cc`).
struct Conversation: Sendable {
    /// Where a question goes: an HDLC address and a channel.
    typealias Target = LineSample.Origin

    /// What a device has answered.
    struct Answer: Hashable, Sendable {
        let target: Target
        let status: Status
    }

    /// How often a question is repeated, since a line may lose it.
    static let attempts = 3

    private static let otherLimit = 40

    let asked: Target
    private(set) var answer: Answer?
    private(set) var sentQuestions = 0
    /// Other channels and addresses, tried only if there is no answer on the one that was asked for.
    private(set) var others: [Target] = []

    private let firstCallID: UInt32
    private static let callIDs: UInt32 = 64

    /// - Parameters:
    ///   - seen: where packets came from so far.
    ///   - seed: any number; call ids that are not in use in the device come from it.
    init(with asked: Target, seen: LineSample.Figures, seed: UInt32) {
        self.asked = asked
        firstCallID = 0x1000 + seed % 0x1F_0000
        // First where packets come from, then the places of firmware that changed only the channel or only the address.
        var candidates = Array(seen.origins.keys).sorted(by: Self.isBefore)
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

    /// A question, as it goes on the line.
    mutating func question(to target: Target) -> [UInt8] {
        let callID = firstCallID + UInt32(sentQuestions) % Self.callIDs
        sentQuestions += 1
        let packet = Packet(
            .clientRequestCompletion, channel: target.channel, method: TransferService.read, callID: callID)
        var frame: [UInt8] = []
        FrameEncoder.encode(address: target.address, payload: packet.encoded().span, into: &frame)
        return frame
    }

    /// Takes a packet of the device; what is no answer to a question is ignored.
    mutating func receive(_ packet: Packet, from origin: Target) {
        guard answer == nil, packet.kind == .serverError, packet.method == TransferService.read,
            packet.callID == 0 || (firstCallID..<firstCallID + Self.callIDs).contains(packet.callID)
        else { return }
        answer = Answer(target: origin, status: packet.status)
    }

    private static func isBefore(_ left: Target, _ right: Target) -> Bool {
        (left.address.rawValue, left.channel) < (right.address.rawValue, right.channel)
    }
}
