/// Classes and values of bytes that are ASCII characters.
enum ASCII {
    static func isWhitespace(_ byte: UInt8) -> Bool { byte == 0x20 || (0x09...0x0D).contains(byte) }

    static func isDigit(_ byte: UInt8) -> Bool { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) }

    static func isLetter(_ byte: UInt8) -> Bool {
        (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte | 0x20)
    }

    /// The value of a digit in a base of up to 16; `nil` if the byte is no digit of this base.
    static func value(_ byte: UInt8, base: UInt8 = 16) -> UInt8? {
        let value: UInt8
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): value = byte - UInt8(ascii: "0")
        case UInt8(ascii: "a")...UInt8(ascii: "f"): value = byte - UInt8(ascii: "a") + 10
        case UInt8(ascii: "A")...UInt8(ascii: "F"): value = byte - UInt8(ascii: "A") + 10
        default: return nil
        }
        return value < base ? value : nil
    }

    /// A number from its digits; `nil` if there are no digits, another byte among them, or more than 32 bits.
    static func number(_ digits: some Sequence<UInt8>, base: UInt8) -> UInt32? {
        var number: UInt64?
        for digit in digits {
            guard let value = value(digit, base: base) else { return nil }
            let next = (number ?? 0) * UInt64(base) + UInt64(value)
            guard next <= UInt64(UInt32.max) else { return nil }
            number = next
        }
        return number.map { UInt32($0) }
    }
}
