internal import HDLC
internal import PigweedRPC
internal import PigweedTransfer
internal import ProtobufWire

/// Decodes the bytes of both directions of a line, down to the chunks. Times are those of the bytes.
///
/// It needs memory for two of the longest frames for each direction, whatever comes.
struct LineDecoder: ~Copyable {
    /// The most bytes of text that are kept.
    private static let textLimit = 1024
    /// The most bytes that are kept of anything that is no text.
    private static let bytesLimit = 48
    /// The silence after which text without an end is complete.
    private static let silence = Duration.milliseconds(100)

    private struct Stream: ~Copyable {
        var decoder: FrameDecoder
        let direction: WireDirection?
        var lastTime: Instant?
        var offset: UInt64 = 0
    }

    private let configuration: WireDecoder.Configuration
    private var toDevice: Stream
    private var toHost: Stream
    private var unknown: Stream

    /// A decoder before the first bytes.
    init(_ configuration: WireDecoder.Configuration) {
        self.configuration = configuration
        let limit = configuration.maximumFrameContent
        toDevice = Stream(decoder: FrameDecoder(maximumContentSize: limit), direction: .toDevice)
        toHost = Stream(decoder: FrameDecoder(maximumContentSize: limit), direction: .toHost)
        unknown = Stream(decoder: FrameDecoder(maximumContentSize: limit), direction: nil)
    }

    /// Takes the next bytes, and appends complete items to `items`.
    mutating func receive(_ event: WireBytes, into items: inout [WireItem]) {
        if event.isLost {
            var stream = Stream(
                decoder: FrameDecoder(maximumContentSize: configuration.maximumFrameContent),
                direction: event.direction)
            Self.receive(event, on: &stream, configuration, into: &items)
            Self.finish(&stream, isLost: true, configuration, into: &items)
            return
        }
        switch event.direction {
        case .toDevice: Self.receive(event, on: &toDevice, configuration, into: &items)
        case .toHost: Self.receive(event, on: &toHost, configuration, into: &items)
        case nil: Self.receive(event, on: &unknown, configuration, into: &items)
        }
    }

    /// Appends the last items of the line, which the end of the capture completes.
    mutating func finish(into items: inout [WireItem]) {
        Self.finish(&toDevice, isLost: false, configuration, into: &items)
        Self.finish(&toHost, isLost: false, configuration, into: &items)
        Self.finish(&unknown, isLost: false, configuration, into: &items)
    }

    private static func receive(
        _ event: WireBytes, on stream: inout Stream, _ configuration: WireDecoder.Configuration,
        into items: inout [WireItem]
    ) {
        if let last = stream.lastTime, let time = event.time, time - last > silence {
            flushText(&stream, isLost: event.isLost, configuration, into: &items)
        }
        stream.lastTime = event.time
        let start = stream.offset
        var position = 0
        while let output = stream.decoder.next(in: event.bytes.span, at: &position) {
            stream.offset = start &+ UInt64(position)
            append(output, stream, isLost: event.isLost, configuration, to: &items)
        }
        stream.offset = start &+ UInt64(event.bytes.count)
        if event.bytes.last == UInt8(ascii: "\n") {
            flushText(&stream, isLost: event.isLost, configuration, into: &items)
        }
    }

    private static func finish(
        _ stream: inout Stream, isLost: Bool, _ configuration: WireDecoder.Configuration,
        into items: inout [WireItem]
    ) {
        flushText(&stream, isLost: isLost, configuration, into: &items)
        // The bytes that are left begin like a frame.
        var nothing = 0
        _ = stream.decoder.next(in: [UInt8]().span, at: &nothing)
        guard !stream.decoder.unframed.isEmpty else { return }
        let excerpt = Excerpt(stream.decoder.unframed, limit: bytesLimit)
        let item = item(.damaged(.cutOff, excerpt), excerpt.count, stream, isLost: isLost)
        items.append(item)
    }

    private static func flushText(
        _ stream: inout Stream, isLost: Bool, _ configuration: WireDecoder.Configuration,
        into items: inout [WireItem]
    ) {
        guard stream.decoder.flushText() else { return }
        append(.unframed(.text), stream, isLost: isLost, configuration, to: &items)
    }

    private static func append(
        _ output: FrameDecoder.Output, _ stream: borrowing Stream, isLost: Bool,
        _ configuration: WireDecoder.Configuration,
        to items: inout [WireItem]
    ) {
        let size = stream.decoder.unframed.count
        let content: WireItem.Content
        switch output {
        case .frame(let address, let control):
            let frame = frameContent(stream.decoder.payload, address, configuration)
            content = .frame(address: address, control: control, frame)
        case .unframed(let defect): content = unframed(stream.decoder, defect)
        }
        let isFramed = if case .stray = content { false } else { true }
        items.append(item(content, size + (isFramed ? 2 : 0), stream, isLost: isLost))
    }

    private static func item(
        _ content: WireItem.Content, _ size: Int, _ stream: borrowing Stream, isLost: Bool
    ) -> WireItem {
        var direction = stream.direction
        if direction == nil { direction = sender(of: content) }
        return WireItem(
            time: stream.lastTime.map { $0 - .zero }, offset: stream.offset, direction: direction,
            wireSize: size, isLost: isLost,
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

    private static func unframed(
        _ decoder: borrowing FrameDecoder, _ defect: FrameDecoder.Defect
    ) -> WireItem.Content {
        let excerpt = Excerpt(decoder.unframed, limit: defect == .text ? textLimit : bytesLimit)
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

    private static func frameContent(
        _ payload: Span<UInt8>, _ address: FrameAddress, _ configuration: WireDecoder.Configuration
    ) -> WireItem.FrameContent {
        guard address != .log || configuration.address == .log else {
            return .log(Excerpt(payload, limit: textLimit))
        }
        guard let (packet, range) = Packet.decode(payload) else {
            let excerpt = Excerpt(payload, limit: bytesLimit)
            return address == configuration.address ? .badPacket(excerpt) : .other(excerpt)
        }
        return .packet(packet, packetContent(payload.extracting(range), of: packet))
    }

    private static func packetContent(
        _ payload: Span<UInt8>, of packet: Packet
    ) -> WireItem.PacketContent {
        guard !payload.isEmpty else { return .empty }
        if packet.method == TransferService.read || packet.method == TransferService.write {
            guard let (chunk, data) = Chunk.decode(payload) else {
                return .badChunk(Excerpt(payload, limit: bytesLimit))
            }
            return .chunk(chunk, dataCount: data.count)
        }
        do throws(WireError) {
            let form = KnownMethods.form(of: packet.method, fromServer: packet.kind.isFromServer)
            let (fields, isCutShort) = try form.read(payload)
            return .message(fields, isCutShort: isCutShort)
        } catch {
            return .badMessage(Excerpt(payload, limit: bytesLimit))
        }
    }
}
