/// Words for commands that a hint advises.
enum ShellWord {
    /// The text in a form that a shell takes for one word.
    static func quoted(_ text: String) -> String {
        // A word that begins with # would be a comment.
        if text.utf8.allSatisfy(isPlain), !text.isEmpty, !text.hasPrefix("#") { return text }
        return "'" + text.split(separator: "'", omittingEmptySubsequences: false).joined(separator: #"'\''"#)
            + "'"
    }

    /// Whether a character stands for itself in every shell.
    static func isPlain(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"):
            true
        default: "/:._-+@%,#".utf8.contains(byte)
        }
    }
}
