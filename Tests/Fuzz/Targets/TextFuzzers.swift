internal import PwtransferCLI
internal import SystemPackage
internal import TransferClient

/// Any bytes as the record beside a partial file. A record that is accepted can be written and read again, and its
/// text does not control a terminal.
func fuzzRecord(_ input: Span<UInt8>) {
    guard let record = PartialFileRecord(json: input.indices.map { input[$0] }) else { return }
    do throws(Errno) {
        let text = try record.json()
        precondition(PartialFileRecord(json: text) == record)
        precondition(text.allSatisfy { $0 >= 0x20 && $0 != 0x7F || $0 == 0x0A })
    } catch {
        preconditionFailure("a record that was read cannot be written: \(error)")
    }
}

/// A word and its meaning, of untrusted origin. Each shell gets one line for them, and reads the same word from that
/// line.
func fuzzCompletion(_ input: Span<UInt8>) {
    let texts = input.indices.map { input[$0] }.split(separator: 0, maxSplits: 1).map {
        String(decoding: $0, as: UTF8.self)
    }
    let word = texts.first ?? ""
    let completion = CompletionWord(word, texts.count > 1 ? texts[1] : "")
    for shell in CompletionWord.Shell.allCases {
        guard let text = completion.text(for: shell) else { continue }
        precondition(text.utf8.allSatisfy { $0 >= 0x20 && $0 != 0x7F || shell == .fish && $0 == 0x09 })
        precondition(Array(word.utf8) == reading(text, in: shell))
    }
}

/// The word that a shell reads from a line; `nil` if the shell would interpret a part of the line.
private func reading(_ line: String, in shell: CompletionWord.Shell) -> [UInt8]? {
    if shell == .fish { return Array(line.utf8.prefix { $0 != 0x09 }) }
    var word: [UInt8] = []
    var isEscaped = false
    for byte in line.utf8 {
        if isEscaped {
            word.append(byte)
            isEscaped = false
        } else if byte == UInt8(ascii: "\\") {
            isEscaped = true
        } else if shell == .zsh {
            if byte == UInt8(ascii: ":") { return word }
            word.append(byte)
        } else {
            guard !" \t$`\"'<>|&;()*?[]{}!~=^".utf8.contains(byte) else { return nil }
            word.append(byte)
        }
    }
    return shell == .zsh || isEscaped ? nil : word
}
