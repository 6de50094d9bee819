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
            omittingEmptySubsequences: true, whereSeparator: \.isNewline
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
