/// Decodes the log of a device: text, in which tokens may stand, or messages in tokens.
public struct LogDecoder: Sendable {
    /// The most different unknown tokens that are remembered.
    private static let maximumUnknownTokens = 10_000

    private let detokenizer: Detokenizer

    /// The tokens that the database does not have.
    package private(set) var unknownTokens: Set<UInt32> = []
    /// How many messages had such tokens.
    package private(set) var unknownCount = 0
    /// How many messages of the log service are missing: numbers that never came, and messages that the device dropped.
    package private(set) var lostCount: UInt64 = 0
    /// The number of the next message of the log service; `nil` before the first one.
    private var expectedNumber: UInt32?
    /// At most 100 messages whose token has several strings, of which none could be chosen. ``takeCollisions()`` hands
    /// them out.
    private var collisions: [DetokenizedMessage] = []

    /// A decoder.
    ///
    /// - Parameter database: the strings of the firmware; without any, text stays as it is.
    public init(_ database: TokenDatabase) {
        detokenizer = Detokenizer(database)
    }

    /// Decodes a text: one message for each line that is not empty.
    public mutating func decode(text: [UInt8]) -> [LogMessage] {
        String(decoding: text, as: UTF8.self).split(
            omittingEmptySubsequences: true, whereSeparator: { $0.isNewline }
        )
        .map { line in
            guard !detokenizer.database.isEmpty else { return Self.message(String(line)) }
            let decoded = detokenizer.detokenize(text: String(line))
            note(decoded.unresolved)
            return Self.message(decoded.text)
        }
    }

    /// Decodes a frame on the address of the log: text, or a message in tokens, with or without metadata before it.
    public mutating func decode(frame: [UInt8]) -> [LogMessage] {
        guard !detokenizer.database.isEmpty else { return decode(text: frame) }
        if frame.count >= 8, let text = detokenizer.detokenize(Array(frame[4...])).text {
            return [message(text, metadata: frame.span.littleEndian(at: 0))]
        }
        if Self.isText(frame) { return decode(text: frame) }
        let message = detokenizer.detokenize(frame)
        if let text = message.text { return [Self.message(text)] }
        let behindMetadata = frame.count >= 8 ? detokenizer.detokenize(Array(frame[4...])) : message
        note([message.candidates.isEmpty ? behindMetadata : message])
        return [LogMessage(text: message.undecodedText)]
    }

    /// Decodes a packet from `pw.log.Logs.Listen`. Where messages are missing, a message says how many.
    package mutating func decode(entries payload: [UInt8]) -> [LogMessage] {
        guard let packet = LogEntries(decoding: payload.span) else { return [] }
        var messages: [LogMessage] = []
        let gap = missing(before: packet)
        if gap > 0 { messages.append(lost(gap, "lost on the way")) }
        var ticks: Int64?
        for (index, entry) in packet.entries.enumerated() {
            switch entry.time {
            case .ticks(let time): ticks = time
            case .sinceLastEntry(let time): ticks = ticks.map { $0 &+ time }
            case nil: break
            }
            guard entry.dropped > 0 else {
                var message = message(entry)
                if entry.time != nil { message.ticks = ticks }
                messages.append(message)
                continue
            }
            // The device counts messages that it could not send in both ways: as dropped, and by their numbers.
            if index == 0, gap >= entry.dropped { continue }
            let reason = string(entry.message)
            messages.append(lost(entry.dropped, reason.isEmpty ? "dropped by the device" : reason))
        }
        return messages
    }

    /// Call this when the device has restarted: its numbers begin anew, so that no message is missing before the next
    /// one.
    package mutating func deviceRestarted() { expectedNumber = nil }

    /// How many numbers are missing before a packet; 0 for the first packet, since nobody listened before.
    private mutating func missing(before packet: LogEntries) -> UInt32 {
        let count = packet.entries.count { $0.dropped == 0 }
        defer { expectedNumber = packet.firstNumber &+ UInt32(clamping: count) }
        // A lower number means that the device has restarted.
        guard let expectedNumber, packet.firstNumber > expectedNumber else { return 0 }
        return packet.firstNumber - expectedNumber
    }

    private mutating func lost(_ count: UInt32, _ reason: String) -> LogMessage {
        lostCount += UInt64(count)
        var message = LogMessage(
            text: "\(count) \(count == 1 ? "message" : "messages") missing: \(reason)", level: .warning)
        message.lostCount = count
        return message
    }

    private mutating func message(_ entry: LogEntry) -> LogMessage {
        var message = Self.message(string(entry.message))
        message.level = LogMessage.Level(rawValue: entry.lineAndLevel & 7)
        if entry.lineAndLevel >> 3 > 0 { message.line = entry.lineAndLevel >> 3 }
        if !entry.module.isEmpty { message.module = string(entry.module) }
        if !entry.file.isEmpty { message.file = string(entry.file) }
        if !entry.thread.isEmpty { message.thread = string(entry.thread) }
        return message
    }

    /// The text of a field, with its tokens replaced.
    private mutating func string(_ field: [UInt8]) -> String {
        let decoded = detokenizer.detokenize(field: field)
        if !detokenizer.database.isEmpty { note(decoded.unresolved) }
        return decoded.text
    }

    /// The messages since the last call whose token has several strings, of which none could be chosen; at most 100.
    package mutating func takeCollisions() -> [DetokenizedMessage] {
        defer { collisions = [] }
        return collisions
    }

    private mutating func note(_ unresolved: [DetokenizedMessage]) {
        for message in unresolved {
            guard message.candidates.isEmpty else {
                if collisions.count < 100 { collisions.append(message) }
                continue
            }
            unknownCount += 1
            if let token = message.token, unknownTokens.count < Self.maximumUnknownTokens {
                unknownTokens.insert(token)
            }
        }
    }

    private static func message(_ text: String) -> LogMessage {
        let fields = LogFields(text)
        return LogMessage(text: fields.message, module: fields["module"], file: fields["file"])
    }

    /// - Parameter metadata: the word that `pw_log_tokenized` sends before a message. From the lowest bit on, the word
    ///   has 3 bits for the level, 11 for the line (0 if it is not known), 2 for flags, and 16 for the module's token.
    private func message(_ text: String, metadata: UInt32) -> LogMessage {
        let (level, line, module) = (metadata & 0x7, metadata >> 3 & 0x7FF, metadata >> 16)
        var message = Self.message(text)
        message.level = LogMessage.Level(rawValue: level)
        if line > 0 { message.line = line }
        if message.module == nil, module > 0 {
            let names = detokenizer.database.entries(of: module)
            message.module = names.count == 1 ? names[0].string : nil
        }
        return message
    }

    /// Whether the bytes are a text that people can read.
    private static func isText(_ bytes: [UInt8]) -> Bool {
        guard let text = String(validating: bytes, as: UTF8.self) else { return false }
        return text.unicodeScalars.allSatisfy {
            $0.properties.isWhitespace || $0 == "\u{1B}" || $0.properties.generalCategory.isShown
        }
    }
}
