/// Decodes what a device logs on its line: text in which tokens may stand, or messages in tokens.
public struct LogDecoder: Sendable {
    /// How many different tokens are remembered.
    private static let maximumUnknownTokens = 10_000

    private let detokenizer: Detokenizer
    private let layout: LogMetadata.Layout

    /// The tokens that the database does not have.
    package private(set) var unknownTokens: Set<UInt32> = []
    /// How many messages had such tokens.
    package private(set) var unknownCount = 0
    /// How many messages of the log service are missing that were made while somebody listened.
    package private(set) var lostCount: UInt64 = 0
    /// The number of the next message of the log service; `nil` before the first one.
    private var expectedNumber: UInt32?
    /// The last messages whose tokens have several strings, of which none was chosen; taken by ``takeCollisions()``.
    private var collisions: [DetokenizedMessage] = []

    /// A decoder.
    ///
    /// - Parameters:
    ///   - database: the strings of the firmware; without any, text stays as it is.
    ///   - layout: how the firmware packs the metadata of a message.
    public init(_ database: TokenDatabase, layout: LogMetadata.Layout = LogMetadata.Layout()) {
        detokenizer = Detokenizer(database)
        self.layout = layout
    }

    /// The lines of a text.
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

    /// What a frame of the log's address holds: text, or a message in tokens, before which its metadata may stand.
    public mutating func decode(frame: [UInt8]) -> [LogMessage] {
        guard !detokenizer.database.isEmpty else { return decode(text: frame) }
        if frame.count >= 8, let text = detokenizer.detokenize(Array(frame[4...])).text {
            return [message(text, LogMetadata(frame.span.littleEndian(at: 0), layout: layout))]
        }
        if Self.isText(frame) { return decode(text: frame) }
        let message = detokenizer.detokenize(frame)
        if let text = message.text { return [Self.message(text)] }
        let behindMetadata = frame.count >= 8 ? detokenizer.detokenize(Array(frame[4...])) : message
        note([message.candidates.isEmpty ? behindMetadata : message])
        return [LogMessage(text: message.undecodedText)]
    }

    /// What came from `pw.log.Logs.Listen`: its messages, and in their places how many are missing.
    package mutating func decode(entries payload: [UInt8]) -> [LogMessage] {
        guard let packet = LogEntries(decoding: payload.span) else { return [] }
        var messages: [LogMessage] = []
        let gap = missing(before: packet)
        if gap > 0 { messages.append(lost(gap, "lost on the way")) }
        for (index, entry) in packet.entries.enumerated() {
            guard entry.dropped > 0 else {
                messages.append(message(entry))
                continue
            }
            // A device also counts what it could not send, which is the gap.
            if index == 0, gap >= entry.dropped { continue }
            let reason = string(entry.message)
            messages.append(lost(entry.dropped, reason.isEmpty ? "dropped by the device" : reason))
        }
        return messages
    }

    /// The device counts its messages anew: none is missing before the next one.
    package mutating func deviceRestarted() { expectedNumber = nil }

    /// How many messages are missing by their numbers; none in the first packet, since nobody listened before.
    private mutating func missing(before packet: LogEntries) -> UInt32 {
        let count = packet.entries.count { $0.dropped == 0 }
        defer { expectedNumber = packet.firstNumber &+ UInt32(clamping: count) }
        // A lower number is that of a device that has restarted.
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
        return message
    }

    /// A text, or what tokens stand for.
    private mutating func string(_ field: [UInt8]) -> String {
        let decoded = detokenizer.detokenize(field: field)
        if !detokenizer.database.isEmpty { note(decoded.unresolved) }
        return decoded.text
    }

    /// The messages since the last call whose tokens have several strings that fit.
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

    private func message(_ text: String, _ metadata: LogMetadata) -> LogMessage {
        var message = Self.message(text)
        message.level = LogMessage.Level(rawValue: metadata.level)
        if metadata.line > 0 { message.line = metadata.line }
        if message.module == nil, metadata.module > 0 {
            let names = detokenizer.database.entries(of: metadata.module)
            message.module = names.count == 1 ? names[0].string : nil
        }
        return message
    }

    /// Whether bytes are a text to be read.
    private static func isText(_ bytes: [UInt8]) -> Bool {
        guard let text = String(validating: bytes, as: UTF8.self) else { return false }
        return text.unicodeScalars.allSatisfy {
            $0.properties.isWhitespace || $0 == "\u{1B}" || $0.properties.generalCategory.isShown
        }
    }
}
