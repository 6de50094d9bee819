internal import ArgumentParser
internal import SerialPort

/// A word that a shell offers as a completion. A device or another user may have chosen the word.
///
/// This is the one place that writes words for the shells. No shell may interpret a part of a word, such as `$` or `;`.
package struct CompletionWord {
    /// The shells, which read the words in different forms.
    package enum Shell: CaseIterable, Sendable {
        /// `compgen -W` expands characters that are not quoted.
        case bash
        /// A colon separates the word from its meaning; a backslash makes the next character literal.
        case zsh
        /// A tab separates the word from its meaning.
        case fish
    }

    private let word: String
    private let meaning: String

    /// - Parameter meaning: an explanation, for shells that show one beside the word.
    package init(_ word: String, _ meaning: String) {
        self.word = word
        self.meaning = meaning
    }

    /// The line that the shell reads for this word; `nil` for a word that no line can hold.
    package func text(for shell: Shell?) -> String? {
        guard DeviceText.isHarmless(word) else { return nil }
        switch shell {
        case .bash: return Self.escaped(word) { !ShellWord.isPlain($0) }
        case .zsh where word.utf8.contains(UInt8(ascii: "!")):
            // zsh does not quote an exclamation mark, which would then recall an earlier command.
            return nil
        case .zsh:
            return [word, DeviceText.visible(meaning)].map {
                Self.escaped($0) { $0 == UInt8(ascii: ":") || $0 == UInt8(ascii: "\\") }
            }.joined(separator: ":")
        case .fish: return word + "\t" + DeviceText.visible(meaning)
        case nil: return word
        }
    }

    /// Puts a backslash before each ASCII character that needs one.
    private static func escaped(_ text: String, where needsIt: (UInt8) -> Bool) -> String {
        var bytes: [UInt8] = []
        for byte in text.utf8 {
            if byte < 0x80, needsIt(byte) { bytes.append(UInt8(ascii: "\\")) }
            bytes.append(byte)
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}

extension CompletionWord.Shell? {
    /// The shell whose completion script has started this program.
    static var requesting: Self {
        switch CompletionShell.requesting {
        case .bash: .bash
        case .zsh: .zsh
        case .fish: .fish
        default: nil
        }
    }
}
