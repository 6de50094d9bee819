internal import ArgumentParser
internal import SerialPort

/// A word that a shell offers for what is being typed. It may be named by a device or by another user.
///
/// This is the one place that writes words for the shells. None of them may take a part of a word for anything but itself.
package struct CompletionWord {
    /// What the script of a shell does with the words.
    package enum Shell: CaseIterable, Sendable {
        /// `compgen -W` expands what is not quoted.
        case bash
        /// A colon separates word and meaning, a backslash takes a character literally.
        case zsh
        /// A tab separates word and meaning.
        case fish
    }

    private let word: String
    private let meaning: String

    /// - Parameter meaning: what is shown beside it, where the shell does that.
    package init(_ word: String, _ meaning: String) {
        self.word = word
        self.meaning = meaning
    }

    /// The line of it; `nil` for a word that no line can hold.
    package func text(for shell: Shell?) -> String? {
        guard DeviceText.isHarmless(word) else { return nil }
        switch shell {
        case .bash: return Self.escaped(word) { !ShellWord.isPlain($0) }
        case .zsh where word.utf8.contains(UInt8(ascii: "!")):
            // An exclamation mark is left as it is and then stands for an earlier command.
            return nil
        case .zsh:
            return [word, DeviceText.visible(meaning)].map {
                Self.escaped($0) { $0 == UInt8(ascii: ":") || $0 == UInt8(ascii: "\\") }
            }.joined(separator: ":")
        case .fish: return word + "\t" + DeviceText.visible(meaning)
        case nil: return word
        }
    }

    /// Puts a backslash before each character of ASCII that needs one.
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
    /// The shell whose script asks.
    static var requesting: Self {
        switch CompletionShell.requesting {
        case .bash: .bash
        case .zsh: .zsh
        case .fish: .fish
        default: nil
        }
    }
}
