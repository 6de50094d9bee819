/// The bytes that hexadecimal digits stand for; spaces are ignored. Traps on anything else, which is a mistake in a
/// test.
public func hex(_ text: String) -> [UInt8] {
    let digits = text.filter { $0 != " " }.map { character in
        guard let value = character.hexDigitValue else {
            preconditionFailure("no hexadecimal digit: \(character)")
        }
        return UInt8(value)
    }
    precondition(digits.count.isMultiple(of: 2), "an odd number of digits: \(text)")
    return stride(from: 0, to: digits.count, by: 2).map { digits[$0] << 4 | digits[$0 + 1] }
}

/// Bytes as hexadecimal digits.
public func hex(_ bytes: some Sequence<UInt8>) -> String {
    bytes.map { byte in
        let digits = String(byte, radix: 16)
        return digits.count == 1 ? "0" + digits : digits
    }.joined()
}

extension Span<UInt8> {
    /// The bytes in an array.
    public var array: [UInt8] { indices.map { self[$0] } }
}
