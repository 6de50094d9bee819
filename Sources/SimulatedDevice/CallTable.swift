import PigweedFileSystem
import PigweedRPC
import PigweedTransfer

/// The open calls of a device's RPC server, one for each stream, and what each packet means for them.
struct CallTable {
    /// What to do about a packet.
    enum Action: Equatable {
        case ignore
        /// Send this packet, without payload.
        case answer(Packet)
        /// The stream is open now; `superseded` are the packets that tell the client about calls that this has ended.
        case open(Direction, superseded: [Packet])
        case close(Direction)
        /// The payload is a chunk.
        case chunk(Direction)
        /// The payload is the request of a `GetResourceStatus`.
        case resourceStatus
        /// The packet is for the log service.
        case log
        /// The client asks the device to restart.
        case reboot
        /// The packet is for the file system.
        case fileSystem
    }

    private struct Call {
        var id: UInt32
        var hasClientStream = true
        var deafUntil: Instant
    }

    private let configuration: DeviceConfiguration
    private var calls: [Direction: Call] = [:]

    init(_ configuration: DeviceConfiguration) {
        self.configuration = configuration
    }

    /// The header of a packet on an open stream; `nil` if the stream is closed.
    func streamPacket(_ direction: Direction) -> Packet? {
        calls[direction].map { packet(.serverStream, direction, callID: $0.id) }
    }

    mutating func receive(_ packet: Packet, at now: Instant) -> Action {
        guard packet.channel == configuration.channel, !packet.kind.isFromServer else { return .ignore }
        switch packet.method {
        case TransferService.read: return receive(packet, on: .read, at: now)
        case TransferService.write: return receive(packet, on: .write, at: now)
        case TransferService.getResourceStatus where configuration.supportsStatus:
            return receive(packet, request: .resourceStatus, end: .ignore)
        case LogService.listen where configuration.console?.form == .rpc:
            return receive(packet, request: .log, end: .log)
        case DeviceService.reboot where configuration.supportsReboot:
            return receive(packet, request: .reboot, end: .ignore)
        case FileSystemService.list where configuration.supportsFiles,
            FileSystemService.delete where configuration.supportsFiles:
            return receive(packet, request: .fileSystem, end: .fileSystem)
        default:
            return packet.kind == .clientError ? .ignore : .answer(refusal(of: packet, .notFound))
        }
    }

    /// What to do about a packet of a call in which the client sends no stream: the request of the call, or its end by
    /// the client.
    private func receive(_ packet: Packet, request: Action, end: Action) -> Action {
        switch packet.kind {
        case .request: request
        case .clientError: end
        default: .answer(refusal(of: packet, .failedPrecondition))
        }
    }

    private mutating func receive(
        _ packet: Packet, on direction: Direction, at now: Instant
    ) -> Action {
        if packet.kind == .request { return open(direction, callID: packet.callID, at: now) }
        guard var call = calls[direction], Self.matches(packet.callID, call.id) else {
            return packet.kind == .clientError ? .ignore : .answer(refusal(of: packet, .failedPrecondition))
        }
        if Self.isOpenID(call.id), !Self.isOpenID(packet.callID) { call.id = packet.callID }
        defer { calls[direction] = packet.kind == .clientError ? nil : call }

        switch packet.kind {
        case .clientStream:
            guard call.hasClientStream else { return .answer(refusal(of: packet, .failedPrecondition)) }
            return now < call.deafUntil ? .ignore : .chunk(direction)
        case .clientRequestCompletion:
            call.hasClientStream = false
            return .ignore
        case .clientError:
            return .close(direction)
        case .request, .response, .serverError, .serverStream:
            return .ignore
        }
    }

    /// Opens a stream. A call with the same or no id replaces the old one silently; with another id, the client is told
    /// that the old call has ended. While a stream that was just opened is deaf, opening the other stream ends it: the
    /// real device mixes the two streams up.
    private mutating func open(_ direction: Direction, callID: UInt32, at now: Instant) -> Action {
        var superseded: [Packet] = []
        if let old = calls[direction], !Self.matches(callID, old.id) {
            superseded.append(packet(.response, direction, callID: old.id))
        }
        let other: Direction = direction == .read ? .write : .read
        if let call = calls[other], now < call.deafUntil {
            superseded.append(packet(.response, other, callID: call.id))
            calls[other] = nil
        }
        calls[direction] = Call(id: callID, deafUntil: now + configuration.startDeafness)
        return .open(direction, superseded: superseded)
    }

    private func packet(_ kind: Packet.Kind, _ direction: Direction, callID: UInt32) -> Packet {
        Packet(kind, channel: configuration.channel, method: direction.method, callID: callID)
    }

    private func refusal(of packet: Packet, _ status: Status) -> Packet {
        Packet(
            .serverError, channel: packet.channel, method: packet.method, callID: packet.callID,
            status: status)
    }

    /// Whether an id stands for any call of the method.
    private static func isOpenID(_ id: UInt32) -> Bool { id == 0 || id == .max }

    private static func matches(_ id: UInt32, _ other: UInt32) -> Bool {
        id == other || isOpenID(id) || isOpenID(other)
    }
}
