/// The first words of a server, such as "Port already in use", in case it then closes the connection. If a server sends
/// more than a few words, or something else, a device is behind it.
struct ServerGreeting: Sendable {
    private static let limit = 200

    private var text: [UInt8] = []
    /// Whether the server has sent something else than a few words.
    private(set) var isOver = false

    /// Takes data from the server, in the order in which they arrive.
    mutating func receive(_ bytes: UnsafeRawBufferPointer) {
        if isOver { return }
        text += bytes.prefix(Self.limit - text.count + 1)
        isOver = text.count > Self.limit || !text.allSatisfy(Self.isText)
        if isOver { text = [] }
    }

    /// The words of the server; nil if it has sent none, or something else.
    var words: String? {
        let words = String(decoding: text, as: UTF8.self).split(whereSeparator: \.isWhitespace).joined(
            separator: " ")
        return words.isEmpty ? nil : words
    }

    /// Whether a byte may stand in a text. `~` may not, as it is the flag of HDLC.
    private static func isText(_ byte: UInt8) -> Bool {
        (0x20...0x7D).contains(byte) || (0x09...0x0D).contains(byte) || byte == 0x07
    }
}
