/// Turns tokens back into the strings of firmware.
public struct Detokenizer: Sendable {
    /// The most bytes of a text that is still expanded. Without a limit, a database could make a text grow without end.
    static let maximumTextSize = 64 << 10
    /// How many levels of tokens within tokens are replaced; the same number as in Pigweed's own detokenizer.
    static let maximumDepth = 8
    /// The most strings of one token that are tried.
    static let maximumCandidates = 32

    /// The most bytes of text that are made for one message or text.
    private static let maximumWork = 4 << 20

    /// The strings by which tokens are replaced.
    package let database: TokenDatabase

    /// A detokenizer with the strings of a database.
    public init(_ database: TokenDatabase) {
        self.database = database
    }

    /// Decodes a message: a token of four bytes, then its arguments. A message of fewer bytes is a token whose other
    /// bytes are zero.
    public func detokenize(_ message: [UInt8]) -> DetokenizedMessage {
        var work = Self.maximumWork
        return detokenize(message, isNested: false, &work)
    }

    /// - Parameter work: the bytes of text that may still be made.
    private func detokenize(_ message: [UInt8], isNested: Bool, _ work: inout Int) -> DetokenizedMessage {
        guard !message.isEmpty else { return DetokenizedMessage(token: nil, bytes: [], candidates: []) }
        let padded = message + Array(repeating: 0, count: max(0, 4 - message.count))
        let token = padded.span.littleEndian(at: 0)
        var candidates: [DetokenizedMessage.Candidate] = []
        for entry in database.entries(of: token).prefix(Self.maximumCandidates) where work > 0 {
            let result = FormatString(entry.string).format(padded[4...])
            work -= entry.string.utf8.count + result.text.utf8.count
            let text = isNested ? result.text : expand(result.text, &work).text
            candidates.append(DetokenizedMessage.Candidate(entry: entry, text: text, result: result))
        }
        candidates = candidates.enumerated().sorted {
            let ranks = ($0.element.rank, $1.element.rank)
            return ranks.0 == ranks.1 ? $0.offset < $1.offset : ranks.0 < ranks.1
        }.map { $0.element }
        return DetokenizedMessage(token: token, bytes: message, candidates: candidates)
    }

    /// Replaces the tokens in a text, each of which stands behind a `$`.
    public func detokenize(text: String) -> DetokenizedText {
        var work = Self.maximumWork
        return expand(text, &work)
    }

    /// Decodes a field that holds either a message or a text with tokens.
    package func detokenize(field: [UInt8]) -> DetokenizedText {
        guard !field.isEmpty else { return DetokenizedText(text: "", unresolved: []) }
        let message = detokenize(field)
        if let text = message.text { return detokenize(text: text) }
        let undecoded = DetokenizedText(text: message.undecodedText, unresolved: [message])
        guard message.candidates.isEmpty, let text = String(validating: field, as: UTF8.self) else {
            return undecoded
        }
        let expanded = detokenize(text: text)
        let isText = text.unicodeScalars.allSatisfy {
            $0.properties.isWhitespace || $0.properties.generalCategory.isShown
        }
        return expanded.text != text || isText ? expanded : undecoded
    }

    // MARK: Tokens in texts

    /// Replaces the tokens in a text, then the tokens in the result, and so on up to ``maximumDepth`` times.
    private func expand(_ text: String, _ work: inout Int) -> DetokenizedText {
        let original = Array(text.utf8)
        var bytes = original
        var unresolved: [DetokenizedMessage] = []
        for _ in 0..<Self.maximumDepth {
            guard bytes.contains(NestedToken.prefix), let next = expandOnce(bytes, &work) else { break }
            let isSame = next.bytes == bytes
            (bytes, unresolved) = next
            if isSame || bytes == original { break }
        }
        return DetokenizedText(text: String(decoding: bytes, as: UTF8.self), unresolved: unresolved)
    }

    /// The text with each token replaced once; `nil` if it would become too large.
    private func expandOnce(
        _ text: [UInt8], _ work: inout Int
    ) -> (bytes: [UInt8], unresolved: [DetokenizedMessage])? {
        var bytes: [UInt8] = []
        var unresolved: [DetokenizedMessage] = []
        var position = 0
        while position < text.count {
            guard text[position] == NestedToken.prefix else {
                bytes.append(text[position])
                position += 1
                continue
            }
            let token = NestedToken(in: text, at: position)
            bytes += replacement(of: token, &unresolved, &work) ?? Array(text[position..<token.end])
            position = token.end
            guard bytes.count <= max(Self.maximumTextSize, text.count) else { return nil }
        }
        return (bytes, unresolved)
    }

    private func replacement(
        of token: NestedToken, _ unresolved: inout [DetokenizedMessage], _ work: inout Int
    ) -> [UInt8]? {
        switch token.content {
        case .none: return nil
        case .message(let bytes):
            let message = detokenize(bytes, isNested: true, &work)
            if let text = message.text { return Array(text.utf8) }
            // Fewer than four bytes are more often a word behind a dollar sign than a token.
            if bytes.count >= 4 || !message.candidates.isEmpty { unresolved.append(message) }
            return nil
        case .string(let number, let domain):
            let entries = database.entries(of: number, domain: domain).prefix(Self.maximumCandidates)
            if entries.count == 1 { return Array(entries[0].string.utf8) }
            unresolved.append(
                DetokenizedMessage(
                    token: number, bytes: [],
                    candidates: entries.map {
                        DetokenizedMessage.Candidate(
                            entry: $0, text: $0.string, result: FormatString.Result())
                    }))
            return nil
        }
    }
}
