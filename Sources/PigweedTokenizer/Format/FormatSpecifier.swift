/// A conversion of printf, such as `%-5.2f`.
struct FormatSpecifier: Hashable {
    struct Flags: OptionSet, Hashable {
        let rawValue: UInt8
        static let left = Flags(rawValue: 1)
        static let plus = Flags(rawValue: 2)
        static let blank = Flags(rawValue: 4)
        static let alternate = Flags(rawValue: 8)
        static let zero = Flags(rawValue: 16)
    }

    /// A width or a precision.
    enum Size: Hashable {
        case none
        case fixed(Int)
        /// `*`: an argument.
        case argument
    }

    /// The kind of argument that a conversion takes.
    enum Kind: Hashable {
        case signed, unsigned, real, character, string, percent, none
    }

    /// The largest width and precision that are written out. No text for a reader needs more.
    static let maximumSize = 1024

    /// The specifier as it stands in the format string.
    let text: String
    let flags: Flags
    let width: Size
    let precision: Size
    /// Whether the precision is written as `.` or `.0`.
    let hasZeroPrecision: Bool
    /// The size of an integer argument: 32 or 64.
    let bits: Int
    let conversion: UInt8
    /// Whether the argument can be shown; `false` for combinations that C does not define, and for `%n`.
    let isSupported: Bool

    var kind: Kind {
        switch conversion {
        case UInt8(ascii: "d"), UInt8(ascii: "i"): .signed
        case UInt8(ascii: "o"), UInt8(ascii: "x"), UInt8(ascii: "X"), UInt8(ascii: "u"), UInt8(ascii: "p"):
            .unsigned
        case UInt8(ascii: "c"): .character
        case UInt8(ascii: "s"): .string
        case UInt8(ascii: "%"): .percent
        case UInt8(ascii: "n"): .none
        default: .real
        }
    }

    /// Whether the conversion is one of these letters.
    func isOne(of letters: String) -> Bool { letters.utf8.contains(conversion) }

    /// The specifier that begins at a place in a format string, and its end; `nil` if no specifier begins there.
    static func parse(_ format: [UInt8], at start: Int) -> (FormatSpecifier, end: Int)? {
        guard format[start] == UInt8(ascii: "%") else { return nil }
        var scan = Scan(format: format, position: start + 1)
        let flags = scan.flags()
        let width = scan.size()
        var precision = Size.none
        var hasZeroPrecision = false
        if scan.take(UInt8(ascii: ".")) {
            let digits = scan.position
            precision = scan.size()
            if precision == .none { precision = .fixed(0) }
            let written = format[digits..<scan.position]
            hasZeroPrecision = written.isEmpty || written.elementsEqual("0".utf8)
        }
        let length = scan.length()
        guard let conversion = scan.next, "csdioxXufFeEaAgGnp%".utf8.contains(conversion) else { return nil }
        let end = scan.position + 1
        let specifier = FormatSpecifier(
            text: String(decoding: format[start..<end], as: UTF8.self), flags: flags, width: width,
            precision: precision, hasZeroPrecision: hasZeroPrecision,
            bits: length == "ll" || length == "j" ? 64 : 32,
            conversion: conversion,
            isSupported: isSupported(conversion, flags, width, precision, length: length))
        return (specifier, end)
    }

    private static func isSupported(
        _ conversion: UInt8, _ flags: Flags, _ width: Size, _ precision: Size, length: String
    ) -> Bool {
        for case .fixed(let size) in [width, precision] where size > maximumSize { return false }
        switch conversion {
        case UInt8(ascii: "n"): return false
        case UInt8(ascii: "%"): return flags.isEmpty && width == .none && precision == .none && length.isEmpty
        case UInt8(ascii: "d"), UInt8(ascii: "i"), UInt8(ascii: "u"): return !flags.contains(.alternate)
        case UInt8(ascii: "p"):
            return flags.isDisjoint(with: [.alternate, .zero]) && length.isEmpty && precision == .none
        case UInt8(ascii: "s"), UInt8(ascii: "c"):
            return flags.isSubset(of: .left) && (conversion == UInt8(ascii: "s") || precision == .none)
        default: return true
        }
    }

    private struct Scan {
        let format: [UInt8]
        var position: Int

        var next: UInt8? { position < format.count ? format[position] : nil }

        mutating func take(_ byte: UInt8) -> Bool {
            guard next == byte else { return false }
            position += 1
            return true
        }

        mutating func flags() -> Flags {
            var flags: Flags = []
            while true {
                switch next {
                case UInt8(ascii: "-"): flags.insert(.left)
                case UInt8(ascii: "+"): flags.insert(.plus)
                case UInt8(ascii: " "): flags.insert(.blank)
                case UInt8(ascii: "#"): flags.insert(.alternate)
                case UInt8(ascii: "0"): flags.insert(.zero)
                default: return flags
                }
                position += 1
            }
        }

        mutating func size() -> Size {
            if take(UInt8(ascii: "*")) { return .argument }
            var number: Int?
            while let byte = next, ASCII.isDigit(byte) {
                number = min((number ?? 0) * 10 + Int(byte - UInt8(ascii: "0")), maximumSize + 1)
                position += 1
            }
            return number.map { .fixed($0) } ?? .none
        }

        mutating func length() -> String {
            for length in ["hh", "h", "ll", "l", "j", "z", "t", "L"]
            where format[position...].starts(with: length.utf8) {
                position += length.utf8.count
                return length
            }
            return ""
        }
    }
}
