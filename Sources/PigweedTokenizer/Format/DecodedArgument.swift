/// An argument of a message, and what is wrong with it.
struct DecodedArgument {
    enum Value: Hashable {
        case integer(Int128)
        case real(Double)
        case text(String)
    }

    struct Status: OptionSet {
        let rawValue: UInt8
        /// The message ends before the argument.
        static let missing = Status(rawValue: 1)
        /// The argument is a string that the firmware shortened.
        static let truncated = Status(rawValue: 2)
        static let damaged = Status(rawValue: 4)
        /// An earlier argument is missing or damaged.
        static let skipped = Status(rawValue: 8)
    }

    let specifier: FormatSpecifier
    /// The width and the precision, if they are arguments (`*`).
    var width: Int?
    var precision: Int?
    var value: Value?
    var status: Status = []

    init(_ specifier: FormatSpecifier) {
        self.specifier = specifier
    }

    /// The argument as text; `nil` if it is missing or damaged, or its width or precision is too large.
    var text: String? {
        guard status.isSubset(of: .truncated), let value else { return nil }
        let sizes = [width.map { $0.magnitude } ?? 0, precision.map { $0.magnitude } ?? 0]
        guard sizes.allSatisfy({ $0 <= FormatSpecifier.maximumSize }) else { return nil }
        if case .text(let text) = value, status == .truncated { return formatted(.text(text + "[...]")) }
        return formatted(value)
    }

    /// The text in place of an argument that cannot be shown.
    var complaint: String {
        let word = status.contains(.skipped) ? "SKIPPED" : status == .missing ? "MISSING" : "ERROR"
        let shown = shownValue
        return shown.isEmpty ? "<[\(specifier.text) \(word)]>" : "<[\(specifier.text) \(word) (\(shown))]>"
    }

    /// The value with its width and precision, if these are arguments, without any format.
    private var shownValue: String {
        let sizes = [
            width.map { Int128($0) - Int128(widthBias) },
            precision.map { Int128(max($0, minimumPrecision)) },
        ].compactMap { $0 }
        guard !sizes.isEmpty else { return value.map { Self.plain($0) } ?? "" }
        let shown: String =
            switch value {
            case nil: "None"
            case .text(let text): Quoted.text(text)
            case .some(let value): Self.plain(value)
            }
        return "(\((sizes.map { String($0) } + [shown]).joined(separator: ", ")))"
    }

    private static func plain(_ value: Value) -> String {
        switch value {
        case .integer(let number): String(number)
        case .real(let number): PrintfText.shortest(number)
        case .text(let text): text
        }
    }

    // MARK: Formats

    private var isPointer: Bool { specifier.isOne(of: "p") }
    private var isAlternateOctal: Bool { specifier.isOne(of: "o") && specifier.flags.contains(.alternate) }
    /// How many characters of a prefix are inserted after the padding.
    private var widthBias: Int { isPointer ? 2 : isAlternateOctal ? 1 : 0 }
    private var minimumPrecision: Int { isPointer ? 8 : 0 }

    private func formatted(_ value: Value) -> String {
        var flags = specifier.flags
        var width = 0
        switch specifier.width {
        case .fixed(let size): width = max(size - widthBias, 0)
        case .argument: width = (self.width ?? 0) - widthBias
        case .none: break
        }
        if width < 0 {
            flags.insert(.left)
            width = -width
        }
        let precision: Int? =
            switch specifier.precision {
            case .fixed(let size): size
            case .argument: self.precision
            case .none: isPointer ? minimumPrecision : nil
            }
        switch value {
        case .text(let text):
            let scalars = text.unicodeScalars
            let shown = precision.map { String(scalars.prefix($0)) } ?? text
            return PrintfText.padded(shown, width: width, flags: flags.intersection(.left))
        case .integer(let number):
            guard !isEmptyZero(number) else { return "" }
            return integer(number, width: width, precision: precision, flags: flags)
        case .real(let number):
            if number.isInfinite, specifier.width != .argument, specifier.precision != .argument,
                flags.contains(.zero)
            {
                flags.remove(.zero)
                flags.insert(.blank)
            }
            return PrintfText.real(
                number, conversion: specifier.conversion, width: width, precision: precision ?? 6,
                flags: flags)
        }
    }

    /// A zero with precision 0 has no digits.
    private func isEmptyZero(_ number: Int128) -> Bool {
        guard number == 0, specifier.width != .argument, !isPointer else { return false }
        return specifier.precision == .argument ? precision == 0 : specifier.hasZeroPrecision
    }

    private func integer(_ number: Int128, width: Int, precision: Int?, flags: FormatSpecifier.Flags)
        -> String
    {
        let text = PrintfText.integer(
            number, conversion: isPointer ? UInt8(ascii: "X") : specifier.conversion, width: width,
            precision: precision, flags: isAlternateOctal ? flags.subtracting(.alternate) : flags)
        if isPointer { return PrintfText.inserting("0x", into: text, behindAtMost: text.utf8.count - 8) }
        return isAlternateOctal ? PrintfText.inserting("0", into: text, behindAtMost: nil) : text
    }
}
