internal import CPrintf

/// Numbers and texts in the form of printf. Where C and Python differ, the form is Python's, so that all tools for
/// Pigweed agree.
enum PrintfText {
    /// A text filled up to a width, with blanks or with zeros behind sign and prefix.
    static func padded(
        sign: String = "", prefix: String = "", _ body: String, width: Int, flags: FormatSpecifier.Flags
    ) -> String {
        let count = max(0, width - sign.utf8.count - prefix.utf8.count - body.unicodeScalars.count)
        if flags.contains(.left) { return sign + prefix + body + String(repeating: " ", count: count) }
        if flags.contains(.zero) { return sign + prefix + String(repeating: "0", count: count) + body }
        return String(repeating: " ", count: count) + sign + prefix + body
    }

    static func integer(
        _ number: Int128, conversion: UInt8, width: Int, precision: Int?, flags: FormatSpecifier.Flags
    ) -> String {
        let radix =
            switch conversion {
            case UInt8(ascii: "x"), UInt8(ascii: "X"): 16
            case UInt8(ascii: "o"): 8
            default: 10
            }
        let digits = String(number.magnitude, radix: radix, uppercase: conversion == UInt8(ascii: "X"))
        let zeros = String(repeating: "0", count: max(0, (precision ?? 0) - digits.utf8.count))
        let prefix =
            flags.contains(.alternate) && radix == 16 ? "0" + String(Unicode.Scalar(conversion)) : ""
        return padded(
            sign: sign(isNegative: number < 0, flags), prefix: prefix, zeros + digits, width: width,
            flags: flags)
    }

    static func real(
        _ number: Double, conversion: UInt8, width: Int, precision: Int, flags: FormatSpecifier.Flags
    ) -> String {
        let letter: UInt8 =
            switch conversion {
            case UInt8(ascii: "a"): UInt8(ascii: "f")
            case UInt8(ascii: "A"): UInt8(ascii: "F")
            default: conversion
            }
        var body = "nan"
        if number.isInfinite {
            body = "inf"
        } else if number.isFinite {
            body = digits(
                number.magnitude, letter, precision: precision, isAlternate: flags.contains(.alternate))
        }
        if letter < UInt8(ascii: "a") { body = body.uppercased() }
        return padded(
            sign: sign(isNegative: !number.isNaN && number.sign == .minus, flags), body, width: width,
            flags: flags)
    }

    private static func digits(
        _ number: Double, _ conversion: UInt8, precision: Int, isAlternate: Bool
    ) -> String {
        // The largest float has 39 digits before its point.
        let size = precision + 64
        return String(unsafeUninitializedCapacity: size) { buffer in
            buffer.withMemoryRebound(to: CChar.self) { text in
                let count = cprintf_double(
                    text.baseAddress, size, number, CChar(bitPattern: conversion), Int32(clamping: precision),
                    isAlternate ? 1 : 0)
                return min(max(0, Int(count)), size - 1)
            }
        }
    }

    private static func sign(isNegative: Bool, _ flags: FormatSpecifier.Flags) -> String {
        isNegative ? "-" : flags.contains(.plus) ? "+" : flags.contains(.blank) ? " " : ""
    }

    /// Puts a prefix before the first character that is no blank, plus or zero.
    ///
    /// - Parameter limit: the last index at which the prefix may stand. With `nil` it stands anywhere; if there is no
    ///   such character, it stands before the whole text.
    static func inserting(_ prefix: String, into text: String, behindAtMost limit: Int?) -> String {
        let bytes = Array(text.utf8)
        let first = bytes.firstIndex { !" +0".utf8.contains($0) }
        let place = limit.map { min(first ?? $0, $0) } ?? first ?? 0
        return String(decoding: bytes[..<place] + Array(prefix.utf8) + bytes[place...], as: UTF8.self)
    }

    /// A number with as few digits as tell it from all others. Below 0.0001 and from 1e16 on it has an exponent.
    static func shortest(_ number: Double) -> String {
        let parts = number.magnitude.description.split(separator: "e")
        guard number.isFinite, let mantissa = parts.first,
            let point = mantissa.utf8.firstIndex(of: UInt8(ascii: "."))
        else { return number.isNaN ? "nan" : number.description }
        let exponent = parts.count > 1 ? Int(parts[1]) ?? 0 : 0
        var digits = mantissa.utf8.filter { ASCII.isDigit($0) }
        var magnitude = mantissa.utf8.distance(from: mantissa.startIndex, to: point) - 1 + exponent
        while digits.count > 1, digits[0] == UInt8(ascii: "0") {
            digits.removeFirst()
            magnitude -= 1
        }
        while digits.count > 1, digits.last == UInt8(ascii: "0") { digits.removeLast() }
        if digits == [UInt8(ascii: "0")] { magnitude = 0 }
        let sign = number.sign == .minus ? "-" : ""
        func text(_ digits: some Sequence<UInt8>) -> String { String(decoding: Array(digits), as: UTF8.self) }
        guard (-4..<16).contains(magnitude) else {
            let rest = digits.count > 1 ? "." + text(digits.dropFirst()) : ""
            let size = magnitude.magnitude
            return
                "\(sign)\(text(digits.prefix(1)))\(rest)e\(magnitude < 0 ? "-" : "+")\(size < 10 ? "0" : "")\(size)"
        }
        guard magnitude >= 0 else {
            return "\(sign)0." + String(repeating: "0", count: -magnitude - 1) + text(digits)
        }
        let whole = text(digits.prefix(magnitude + 1))
        let zeros = String(repeating: "0", count: max(0, magnitude + 1 - digits.count))
        let fraction = digits.count > magnitude + 1 ? text(digits.dropFirst(magnitude + 1)) : "0"
        return "\(sign)\(whole)\(zeros).\(fraction)"
    }
}

/// Texts in quotes, with escapes for characters that cannot be read.
enum Quoted {
    static func text(_ text: String) -> String {
        quote(Array(text.unicodeScalars)) { $0.properties.generalCategory.isShown }
    }

    static func text(bytes: [UInt8]) -> String {
        quote(bytes.map { Unicode.Scalar($0) }) { _ in false }
    }

    /// - Parameter isShown: whether a character that is not ASCII can be read.
    private static func quote(_ scalars: [Unicode.Scalar], isShown: (Unicode.Scalar) -> Bool) -> String {
        let mark: Unicode.Scalar = scalars.contains("'") && !scalars.contains("\"") ? "\"" : "'"
        let body = scalars.map { scalar -> String in
            switch scalar {
            case "\n": "\\n"
            case "\r": "\\r"
            case "\t": "\\t"
            case "\\", mark: "\\\(scalar)"
            case " "..<"\u{7F}": String(scalar)
            default: !scalar.isASCII && isShown(scalar) ? String(scalar) : hexadecimal(scalar.value)
            }
        }
        return "\(mark)\(body.joined())\(mark)"
    }

    private static func hexadecimal(_ number: UInt32) -> String {
        let digits = String(number, radix: 16)
        let (letter, count) = number < 0x100 ? ("x", 2) : number < 0x10000 ? ("u", 4) : ("U", 8)
        return "\\\(letter)" + String(repeating: "0", count: max(0, count - digits.count)) + digits
    }
}

extension Unicode.GeneralCategory {
    /// Whether a character of this kind can be read.
    var isShown: Bool {
        switch self {
        case .control, .format, .surrogate, .privateUse, .unassigned, .lineSeparator, .paragraphSeparator,
            .spaceSeparator:
            false
        default: true
        }
    }
}
