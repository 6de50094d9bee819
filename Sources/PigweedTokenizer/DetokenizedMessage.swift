/// A message in tokens, with the strings that its token may stand for.
public struct DetokenizedMessage: Sendable {
    /// A string that has the message's token, with the message's arguments.
    public struct Candidate: Sendable {
        /// The string and its token, as in the database.
        public let entry: TokenEntry
        /// The string with its arguments. In place of an argument that cannot be shown stands the reason, as `<[%d
        /// MISSING]>`.
        public let text: String
        /// How well the arguments fit the string.
        let result: FormatString.Result

        /// The bytes of the message behind the last argument.
        package var remaining: [UInt8] { result.remaining }

        /// Whether the message has exactly the arguments of the string.
        package var isComplete: Bool { result.isComplete }

        /// The place among the strings of a token: a string whose arguments fit better has a lower rank. If they fit
        /// equally well, the string that was removed later, or not at all, has the lower rank.
        var rank: (Int, Int, Int, Int, Int) {
            (
                isComplete ? 0 : 1, remaining.isEmpty ? 0 : 1, result.failedCount, -result.argumentCount,
                entry.removed.map { -Int($0.number) } ?? .min
            )
        }
    }

    /// The token; `nil` for an empty message.
    public let token: UInt32?
    /// The message as it was received.
    public let bytes: [UInt8]
    /// The strings with this token. The string that fits the arguments best comes first.
    public let candidates: [Candidate]

    /// The decoded message; `nil` if the token is unknown, or if several strings fit, between which nobody should
    /// guess.
    public var text: String? {
        let fitting = candidates.count > 1 ? candidates.filter { $0.isComplete } : candidates
        guard fitting.count == 1 else { return nil }
        let rest = fitting[0].remaining
        guard !rest.isEmpty else { return fitting[0].text }
        let digits = rest.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
        return "\(fitting[0].text)<[\(rest.count) MORE BYTES (\(digits))]>"
    }

    /// The message in base64 behind `$`.
    public var undecodedText: String { "$" + Base64.encode(bytes) }
}

/// A text after its tokens were replaced.
public struct DetokenizedText: Sendable {
    /// The text, with known tokens replaced by their strings.
    public let text: String
    /// The messages that stay in the text, since their token is unknown or has several strings.
    public let unresolved: [DetokenizedMessage]
}
