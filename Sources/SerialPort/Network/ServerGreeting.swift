/// What a server said at the beginning, in case it closes the connection behind that: a few words such as "Port already in
/// use". A server that has something else to say is a device.
struct ServerGreeting: Sendable {
    private static let limit = 200

    private var text: [UInt8] = []
    /// Whether there was something else than a few words.
    private(set) var isOver = false

    /// Takes data as they arrived.
    mutating func receive(_ bytes: UnsafeRawBufferPointer) {
        if isOver { return }
        text += bytes.prefix(Self.limit - text.count + 1)
        isOver = text.count > Self.limit || !text.allSatisfy(Self.isText)
        if isOver { text = [] }
    }

    /// The words; nil if there are none, or if there was something else.
    var words: String? {
        let words = String(decoding: text, as: UTF8.self).split(whereSeparator: \.isWhitespace).joined(
            separator: " ")
        return words.isEmpty ? nil : words
    }

    /// `~` is the flag of HDLC.
    private static func isText(_ byte: UInt8) -> Bool {
        (0x20...0x7D).contains(byte) || (0x09...0x0D).contains(byte) || byte == 0x07
    }
}
