internal import HDLC
internal import PigweedRPC
internal import PigweedTransfer

extension WireItem {
    /// The item as one line of ASCII characters that act on no terminal, without an end of line:
    ///
    ///     1002.089 ms  -> R/03  CLIENT_STREAM ch 1 Transfer.Read call 1 | START resource=4 version=2 session=1
    ///
    /// The line has the time since the first item in milliseconds, or the offset in a dump without times; `->` to the
    /// device or `<-` from it; address and control byte of the frame; the packet; the chunk. `!!` marks an item in
    /// which something is wrong. In a capture of several lines, the name of the port comes first.
    public var line: String {
        let parts = [owner, position, arrow, mark, description].filter { !$0.isEmpty }
        return parts.joined(separator: " ")
    }

    private var owner: String { port.map { Excerpt.escaped($0.utf8) + ":" } ?? "" }

    private var position: String {
        let text =
            if let time {
                Self.milliseconds(time) + " ms"
            } else {
                "@" + String(offset)
            }
        return String(repeating: " ", count: max(0, 13 - text.utf8.count)) + text + " "
    }

    private var arrow: String {
        switch direction {
        case .toDevice: "->"
        case .toHost: "<-"
        case nil: "??"
        }
    }

    private var mark: String {
        isLost ? "!! lost on the link:" : isError ? "!!" : ""
    }

    private var description: String {
        switch content {
        case .frame(let address, let control, let content):
            let name = address == .rpc ? "R" : address.description
            return "\(name)/\(Hexadecimal.text(UInt64(control), digits: 2))  \(content.text)"
        case .stray(let excerpt): return "\(Self.bytes(excerpt.count)) between frames: \(excerpt.text)"
        case .damaged(let damage, let excerpt):
            return "\(damage.text), \(Self.bytes(excerpt.count)): \(excerpt.text)"
        }
    }

    /// Milliseconds with three digits behind the point, rounded down.
    static func milliseconds(_ time: Duration) -> String {
        let microseconds = time.saturatedNanoseconds / 1000
        let magnitude = microseconds.magnitude
        let fraction = String(magnitude % 1000)
        return (microseconds < 0 ? "-" : "") + String(magnitude / 1000) + "."
            + String(repeating: "0", count: 3 - fraction.utf8.count) + fraction
    }

    static func bytes(_ count: Int) -> String { count == 1 ? "1 byte" : "\(count) bytes" }
}

extension WireItem.Damage {
    /// A description of the damage.
    var text: String {
        switch self {
        case .checkSequence(let expected, let received) where expected == received:
            "frame with an address that does not end"
        case .checkSequence(let expected, let received):
            """
            bad checksum: expected \(Hexadecimal.text(UInt64(expected), digits: 8)), got \
            \(Hexadecimal.text(UInt64(received), digits: 8))
            """
        case .tooShort: "frame too short"
        case .tooLong: "frame too long"
        case .escape: "bad escape sequence"
        case .cutOff: "capture ends within a frame"
        }
    }

    /// The name in JSON.
    var code: String {
        switch self {
        case .checkSequence: "bad_checksum"
        case .tooShort: "too_short"
        case .tooLong: "too_long"
        case .escape: "bad_escape"
        case .cutOff: "cut_off"
        }
    }
}

extension WireItem.FrameContent {
    var text: String {
        switch self {
        case .log(let excerpt): "log \(excerpt.text)"
        case .packet(let packet, let content): packet.text + content.text
        case .badPacket(let excerpt): "no RPC packet, \(WireItem.bytes(excerpt.count)): \(excerpt.text)"
        case .other(let excerpt): "\(WireItem.bytes(excerpt.count)): \(excerpt.text)"
        }
    }
}

extension Packet {
    fileprivate var text: String {
        var text = "\(kind.name) ch \(channel) \(KnownMethods.name(of: method))"
        if callID != 0 { text += " call \(callID)" }
        if hasStatus { text += " \(status)" }
        return text
    }

    /// Whether to show the status: if the kind of packet has one, or if the packet has one although its kind has none.
    var hasStatus: Bool {
        switch kind {
        case .response, .serverError, .clientError: true
        case .request, .clientStream, .serverStream, .clientRequestCompletion: status != .ok
        }
    }
}

extension Packet.Kind {
    /// The name in Pigweed's `packet.proto`.
    var name: String {
        switch self {
        case .request: "REQUEST"
        case .response: "RESPONSE"
        case .clientStream: "CLIENT_STREAM"
        case .clientError: "CLIENT_ERROR"
        case .serverError: "SERVER_ERROR"
        case .serverStream: "SERVER_STREAM"
        case .clientRequestCompletion: "CLIENT_REQUEST_COMPLETION"
        }
    }
}

extension WireItem.PacketContent {
    fileprivate var text: String {
        switch self {
        case .empty: return ""
        case .chunk(let chunk, let dataCount): return " | " + chunk.text(dataCount: dataCount)
        case .badChunk(let excerpt):
            return " | no chunk, \(WireItem.bytes(excerpt.count)): \(excerpt.text)"
        case .badMessage(let excerpt):
            return " | no message, \(WireItem.bytes(excerpt.count)): \(excerpt.text)"
        case .message(let fields, let isCutShort):
            return " | " + MessageField.text(fields, isCutShort: isCutShort)
        }
    }
}

extension MessageField {
    fileprivate static func text(_ fields: [MessageField], isCutShort: Bool) -> String {
        let texts = fields.map { "\($0.name)=\($0.value.text)" } + (isCutShort ? ["..."] : [])
        return texts.joined(separator: " ")
    }

    /// Whether the field is a message that has more fields than are kept, at any depth.
    var isCutShort: Bool {
        guard case .message(let fields, let isCutShort) = value else { return false }
        return isCutShort || fields.contains(where: \.isCutShort)
    }

    /// The fields as names and texts. Fields of nested messages have names such as `NAME[0].NAME`.
    static func flat(_ fields: [MessageField]) -> [String: String] {
        var texts: [String: String] = [:]
        var counts: [String: Int] = [:]
        for field in fields {
            guard case .message(let nested, _) = field.value else {
                texts[field.name] = field.value.text
                continue
            }
            let index = counts[field.name, default: 0]
            counts[field.name] = index + 1
            for (name, text) in flat(nested) { texts["\(field.name)[\(index)].\(name)"] = text }
        }
        return texts
    }
}

extension MessageField.Value {
    var text: String {
        switch self {
        case .number(let number): String(number)
        case .status(let status): status.description
        case .permissions(let bits): Self.permissions(bits)
        case .bytes(let excerpt): excerpt.text
        case .message(let fields, let isCutShort):
            "{\(MessageField.text(fields, isCutShort: isCutShort))}"
        }
    }

    /// The permissions in the form of `pwtransfer ls`.
    private static func permissions(_ bits: UInt64) -> String {
        switch bits {
        case 0: "-"
        case 1: "r"
        case 2: "w"
        case 3: "rw"
        default: String(bits)
        }
    }
}

extension Chunk.Kind {
    /// The name in Pigweed's `transfer.proto`, with the words of protocol version 2.
    var name: String {
        switch self {
        case .data: "DATA"
        case .start: "START"
        case .parametersRetransmit: "PARAMETERS_RETRANSMIT"
        case .parametersContinue: "PARAMETERS_CONTINUE"
        case .completion: "COMPLETION"
        case .completionAck: "COMPLETION_ACK"
        case .startAck: "START_ACK"
        case .startAckConfirmation: "START_ACK_CONFIRMATION"
        }
    }
}

extension Chunk {
    /// The chunk as text, with all fields that are set, and with the fields that its kind needs even if they are not
    /// set.
    fileprivate func text(dataCount: Int) -> String {
        let meaning = effectiveKind(dataCount: dataCount)
        // The parentheses show that a legacy peer sent no kind, and that this one is inferred.
        var text = kind == nil ? "(\(meaning.name))" : meaning.name
        func add(_ name: String, _ value: (some CustomStringConvertible)?, unit: String = "") {
            if let value { text += " \(name)=\(value)\(unit)" }
        }
        let isAboutOffset = [.data, .parametersRetransmit, .parametersContinue].contains(meaning)
        let isAboutWindow = meaning == .parametersRetransmit || meaning == .parametersContinue
        add("session", sessionID)
        add("desired_session", desiredSessionID)
        add("transfer", transferID == 0 && version == .version2 ? nil : transferID)
        add("resource", resourceID)
        add("version", protocolVersion?.rawValue)
        add("initial_offset", initialOffset == 0 ? nil : initialOffset)
        add("offset", offset != 0 || isAboutOffset ? offset : nil)
        if dataCount > 0 || meaning == .data { text += " data=\(dataCount)" }
        add("remaining", remainingBytes)
        add("window_end", windowEndOffset != 0 || isAboutWindow ? windowEndOffset : nil)
        add("pending", pendingBytes)
        add("max_chunk", maxChunkSizeBytes)
        add("min_delay", minDelayMicroseconds, unit: "us")
        add("status", status.map { Status(rawValue: $0) })
        return text
    }
}
