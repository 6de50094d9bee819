/// A message in tokens, in the form that firmware makes.
package struct TokenizedMessage: Hashable, Sendable {
    /// A token of four bytes, then the arguments.
    package private(set) var bytes: [UInt8]

    /// A message without arguments.
    package init(of string: String) {
        bytes = Self.bytes(of: Self.token(of: string))
    }

    /// Adds an argument for an integer conversion.
    package mutating func append(argument: Int64) {
        var rest = UInt64(bitPattern: argument << 1 ^ argument >> 63)
        while rest >= 0x80 {
            bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
            rest >>= 7
        }
        bytes.append(UInt8(truncatingIfNeeded: rest))
    }

    /// The message as text: `$` and base64.
    package var text: String { "$" + Base64.encode(bytes) }

    /// The message behind its metadata, in the form that `pw_log_tokenized` gives to the firmware's backend.
    package func bytes(withMetadata metadata: UInt32) -> [UInt8] {
        Self.bytes(of: metadata) + bytes
    }

    private static func bytes(of number: UInt32) -> [UInt8] {
        (0..<4).map { UInt8(truncatingIfNeeded: number >> (8 * $0)) }
    }

    /// The token of a string: its length, and each byte times a power of 65599 (`pw_tokenizer/hash.h`).
    package static func token(of string: String) -> UInt32 {
        var hash = UInt32(truncatingIfNeeded: string.utf8.count)
        var coefficient: UInt32 = 65599
        for byte in string.utf8 {
            hash &+= coefficient &* UInt32(byte)
            coefficient &*= 65599
        }
        return hash
    }
}
