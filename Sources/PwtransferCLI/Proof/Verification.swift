internal import TransferClient
internal import WireCapture

/// The result of comparing a file with a resource of the device.
struct Verification: Sendable {
    var means: VerificationMeans
    var resource: UInt32
    /// The resource in messages: its number, and its name if it has one.
    var label: String
    /// The name of the file.
    var file: String
    /// The size of the file, in bytes.
    var size: UInt64
    /// The offset in the resource at which the file begins.
    var offset: UInt64 = 0
    var finding: Finding

    enum Finding: Sendable {
        case bytes(Comparison)
        /// Two checksums over the same number of bytes.
        case checksums(expected: UInt64, found: UInt64)
        /// The device's checksums are over other numbers of bytes.
        case otherSize(writeable: UInt64, readable: UInt64)
    }

    var isSame: Bool {
        switch finding {
        case .bytes(let outcome): outcome.isSame
        case .checksums(let expected, let found): expected == found
        case .otherSize: false
        }
    }

    /// Whether the device has more or fewer bytes than the file.
    var isOfOtherSize: Bool {
        switch finding {
        case .bytes(let outcome): outcome.foundSize != outcome.expectedSize
        case .checksums: false
        case .otherSize: true
        }
    }

    /// The message if nothing differs.
    var confirmation: String {
        let subject = "resource \(label)"
        switch finding {
        case .checksums(let expected, _):
            return "\(subject) has the checksum of \(file): "
                + "\(means.algorithmName) \(Self.text(expected)) of \(size) bytes"
        case .bytes, .otherSize: return "all \(size) bytes of \(subject) are those of \(file)"
        }
    }

    /// The difference, as a sentence.
    var difference: String {
        let subject = "resource \(label) differs from \(file)"
        switch finding {
        case .bytes(let outcome): return "\(subject): \(Self.text(outcome, offset: offset))"
        case .checksums(let expected, let found):
            return "\(subject): its \(means.algorithmName) is \(Self.text(found)), "
                + "that of the file \(Self.text(expected))"
        case .otherSize(let writeable, let readable):
            return
                "\(subject): the device's checksums are of \(writeable) bytes (write) and \(readable) bytes (read), "
                + "the file has \(size)"
        }
    }

    /// The likely cause of the difference, and what may help.
    var advice: (cause: String?, hint: String) {
        switch finding {
        case .bytes(let outcome) where outcome.differing == 0 && outcome.foundSize > outcome.expectedSize:
            (
                "the resource keeps what was behind, such as a partition of fixed size, or the write did not replace it",
                "compare by the device's own checksum: --verify checksum:crc32"
            )
        case .bytes(let outcome) where outcome.foundSize != outcome.expectedSize:
            (
                "the sizes differ: it is another memory than the one that was written, or one of fixed size",
                "check which resource gives back what was written: --verify-from RESOURCE"
            )
        case .bytes:
            (
                "what was stored is not what was sent",
                "write it again; if that does not help, the memory may be worn"
            )
        case .checksums(let expected, let found)
        where found == expected.byteSwapped >> 32 && found <= UInt64(UInt32.max):
            (
                "the same bytes in reverse order: the firmware fills the number in the other byte order",
                "make the firmware report the checksum as a number"
            )
        case .checksums:
            (
                "what was stored is not what was sent, or the firmware means another checksum",
                "compare byte by byte: --verify readback"
            )
        case .otherSize:
            (
                "the firmware means something else by its offsets, or has not stored everything",
                "compare byte by byte: --verify readback"
            )
        }
    }

    private static func text(_ outcome: Comparison, offset: UInt64) -> String {
        let (found, expected) = (outcome.foundSize, outcome.expectedSize)
        var parts: [String] = []
        if let first = outcome.first {
            let place = offset == 0 ? "" : " (\(offset + first.offset) of the resource)"
            parts.append(
                "first at offset \(first.offset)\(place): expected \(text(UInt64(first.expected), digits: 2)), "
                    + "the device has \(text(UInt64(first.found), digits: 2))")
            parts.append("\(outcome.differing) of \(min(found, expected)) bytes differ")
        }
        if found != expected {
            let excess = found > expected ? "\(found - expected) more" : "\(expected - found) fewer"
            parts.append("the device has \(found) bytes, \(excess) than the file")
        }
        return parts.joined(separator: "; ")
    }

    private static func text(_ number: UInt64, digits: Int = 8) -> String {
        "0x" + Hexadecimal.text(number, digits: digits)
    }
}

extension VerificationMeans {
    fileprivate var algorithmName: String {
        if case .checksum(let algorithm) = self { algorithm.rawValue } else { name }
    }
}

extension JSONEvent {
    /// The event of `write --json` about a comparison with the device.
    static func verification(_ verification: Verification) -> JSONEvent {
        var outcome: Comparison?
        var checksums: (expected: UInt64, found: UInt64)?
        switch verification.finding {
        case .bytes(let found): outcome = found
        case .checksums(let expected, let found): checksums = (expected, found)
        case .otherSize: break
        }
        return JSONEvent(
            "verification",
            [
                "means": verification.means.name, "resource": verification.resource,
                "same": verification.isSame, "file_bytes": verification.size,
                "device_bytes": outcome?.foundSize, "differing_bytes": outcome?.differing,
                "first_difference": outcome?.first.map { first -> JSONObject in
                    ["offset": first.offset, "expected": first.expected, "found": first.found]
                },
                "file_checksum": Quantity.checksum(checksums?.expected),
                "device_checksum": Quantity.checksum(checksums?.found),
            ])
    }
}
