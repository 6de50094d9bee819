/// A string with conversions in the form of printf.
struct FormatString {
    private enum Part {
        case text(String)
        case specifier(FormatSpecifier)
    }

    private let parts: [Part]

    init(_ text: String) {
        let bytes = Array(text.utf8)
        var parts: [Part] = []
        var start = 0
        var position = 0
        while position < bytes.count {
            guard let (specifier, end) = FormatSpecifier.parse(bytes, at: position) else {
                position += 1
                continue
            }
            parts.append(.text(String(decoding: bytes[start..<position], as: UTF8.self)))
            parts.append(.specifier(specifier))
            start = end
            position = end
        }
        parts.append(.text(String(decoding: bytes[start...], as: UTF8.self)))
        self.parts = parts
    }

    /// The text of a message, and how well the arguments fit the string.
    struct Result {
        var text = ""
        var argumentCount = 0
        var failedCount = 0
        /// The bytes behind the last argument.
        var remaining: [UInt8] = []

        var isComplete: Bool { failedCount == 0 && remaining.isEmpty }
    }

    /// The string with its arguments. In place of a missing or damaged argument stands a note such as `<[%d MISSING]>`.
    /// All later arguments are replaced as well, since nobody knows where they begin.
    func format(_ encoded: ArraySlice<UInt8>) -> Result {
        var decoder = ArgumentDecoder(encoded)
        var result = Result()
        var hasFailed = false
        for part in parts {
            switch part {
            case .text(let text): result.text += text
            case .specifier(let specifier):
                var argument = decoder.next(specifier)
                if hasFailed, specifier.kind != .percent { argument.status.insert(.skipped) }
                let text = argument.text
                if result.text.utf8.count <= Detokenizer.maximumTextSize {
                    result.text += text ?? argument.complaint
                }
                result.argumentCount += 1
                if text == nil {
                    result.failedCount += 1
                    hasFailed = true
                }
            }
        }
        result.remaining = Array(decoder.remaining)
        return result
    }
}
