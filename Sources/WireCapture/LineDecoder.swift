internal import HDLC
internal import PigweedRPC
internal import PigweedTransfer
internal import ProtobufWire

/// Decodes the bytes of both directions of a line, down to the chunks. Items have the times of their bytes.
///
/// It needs memory for two of the longest frames for each direction, whatever comes. It is a class, since a dictionary can
/// only have copyable values.
final class LineDecoder {
    private let address: FrameAddress
    private var toDevice: StreamDecoder
    private var toHost: StreamDecoder
    private var unknown: StreamDecoder

    /// A decoder before the first bytes.
    ///
    /// - Parameter address: the HDLC address of RPC packets.
    init(address: FrameAddress) {
        self.address = address
        toDevice = StreamDecoder(.toDevice, address)
        toHost = StreamDecoder(.toHost, address)
        unknown = StreamDecoder(nil, address)
    }

    /// Takes the next bytes, and appends complete items to `items`.
    func receive(_ event: WireBytes, into items: inout [WireItem]) {
        if event.isLost {
            var stream = StreamDecoder(event.direction, address)
            stream.receive(event, into: &items)
            stream.finish(isLost: true, into: &items)
            return
        }
        switch event.direction {
        case .toDevice: toDevice.receive(event, into: &items)
        case .toHost: toHost.receive(event, into: &items)
        case nil: unknown.receive(event, into: &items)
        }
    }

    /// Appends the last items of the line, which the end of the capture completes.
    func finish(into items: inout [WireItem]) {
        toDevice.finish(isLost: false, into: &items)
        toHost.finish(isLost: false, into: &items)
        unknown.finish(isLost: false, into: &items)
    }
}

/// Decodes the bytes of one direction of a line.
private struct StreamDecoder: ~Copyable {
    /// The most unescaped bytes of a frame, the same as in transfers; a longer frame counts as damaged.
    private static let frameLimit = 16 * 1024
    /// The silence after which text without an end is complete.
    private static let silence = Duration.milliseconds(100)

    /// The direction; `nil` if the capture does not say.
    private let direction: WireDirection?
    private let packetAddress: FrameAddress
    private var decoder = FrameDecoder(maximumContentSize: frameLimit)
    private var lastTime: Instant?
    private var offset: UInt64 = 0

    init(_ direction: WireDirection?, _ packetAddress: FrameAddress) {
        self.direction = direction
        self.packetAddress = packetAddress
    }

    mutating func receive(_ event: WireBytes, into items: inout [WireItem]) {
        if let last = lastTime, let time = event.time, time - last > Self.silence {
            flushText(isLost: event.isLost, into: &items)
        }
        lastTime = event.time
        let start = offset
        var position = 0
        while let output = decoder.next(in: event.bytes.span, at: &position) {
            offset = start &+ UInt64(position)
            items.append(item(of: output, isLost: event.isLost))
        }
        offset = start &+ UInt64(event.bytes.count)
        if event.bytes.last == UInt8(ascii: "\n") { flushText(isLost: event.isLost, into: &items) }
    }

    mutating func finish(isLost: Bool, into items: inout [WireItem]) {
        flushText(isLost: isLost, into: &items)
        // The bytes that are left begin like a frame.
        var nothing = 0
        _ = decoder.next(in: [UInt8]().span, at: &nothing)
        guard !decoder.unframed.isEmpty else { return }
        let excerpt = Excerpt(decoder.unframed)
        items.append(item(.damaged(.cutOff, excerpt), excerpt.count, isLost: isLost))
    }

    private mutating func flushText(isLost: Bool, into items: inout [WireItem]) {
        guard decoder.flushText() else { return }
        items.append(item(of: .unframed(.text), isLost: isLost))
    }

    private func item(of output: FrameDecoder.Output, isLost: Bool) -> WireItem {
        let content: WireItem.Content =
            switch output {
            case .frame(let address, let control):
                .frame(
                    address: address, control: control, frameContent(decoder.payload, on: address))
            case .unframed(let defect): unframed(defect)
            }
        let isFramed = if case .stray = content { false } else { true }
        return item(content, decoder.unframed.count + (isFramed ? 2 : 0), isLost: isLost)
    }

    private func item(_ content: WireItem.Content, _ size: Int, isLost: Bool) -> WireItem {
        WireItem(
            time: lastTime.map { $0 - .zero }, offset: offset,
            direction: direction ?? Self.sender(of: content), wireSize: size, isLost: isLost,
            content: content)
    }

    /// The sender of an item, if only one side sends such items; otherwise `nil`.
    private static func sender(of content: WireItem.Content) -> WireDirection? {
        switch content {
        case .frame(_, _, .packet(let packet, _)): packet.kind.isFromServer ? .toHost : .toDevice
        case .frame(_, _, .log): .toHost
        default: nil
        }
    }

    private func unframed(_ defect: FrameDecoder.Defect) -> WireItem.Content {
        let excerpt = Excerpt(
            decoder.unframed, limit: defect == .text ? Excerpt.textLimit : Excerpt.bytesLimit)
        switch defect {
        case .text: return .stray(excerpt)
        case .tooShort: return .damaged(.tooShort, excerpt)
        case .escape: return .damaged(.escape, excerpt)
        case .tooLong: return .damaged(.tooLong, excerpt)
        case .checkSequence:
            guard let (expected, received) = decoder.checkSequences else {
                return .damaged(.tooShort, excerpt)
            }
            return .damaged(.checkSequence(expected: expected, received: received), excerpt)
        }
    }

    private func frameContent(_ payload: Span<UInt8>, on address: FrameAddress) -> WireItem.FrameContent {
        guard address != .log || packetAddress == .log else {
            return .log(Excerpt(payload, limit: Excerpt.textLimit))
        }
        guard let (packet, range) = Packet.decode(payload) else {
            let excerpt = Excerpt(payload)
            return address == packetAddress ? .badPacket(excerpt) : .other(excerpt)
        }
        return .packet(packet, Self.packetContent(payload.extracting(range), of: packet))
    }

    private static func packetContent(
        _ payload: Span<UInt8>, of packet: Packet
    ) -> WireItem.PacketContent {
        guard !payload.isEmpty else { return .empty }
        if packet.method == TransferService.read || packet.method == TransferService.write {
            guard let (chunk, data) = Chunk.decode(payload) else { return .badChunk(Excerpt(payload)) }
            return .chunk(chunk, dataCount: data.count)
        }
        do throws(WireError) {
            let form = KnownMethods.form(of: packet.method, fromServer: packet.kind.isFromServer)
            let (fields, isCutShort) = try form.read(payload)
            return .message(fields, isCutShort: isCutShort)
        } catch {
            return .badMessage(Excerpt(payload))
        }
    }
}
