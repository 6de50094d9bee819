internal import TransferClient

/// The event of `write --json` about a comparison with the device.
struct VerificationEvent: JSONEvent {
    let type = "verification"
    let means: String
    let resource: UInt32
    let same: Bool
    let fileBytes: UInt64
    let deviceBytes: UInt64?
    let differingBytes: UInt64?
    let firstDifference: FirstDifference?
    let fileChecksum: String?
    let deviceChecksum: String?

    struct FirstDifference: Encodable, Sendable {
        let offset: UInt64
        let expected: UInt8
        let found: UInt8
    }

    init(_ verification: Verification) {
        means = verification.means.name
        resource = verification.resource
        same = verification.isSame
        fileBytes = verification.size
        var outcome: Comparison?
        var checksums: (expected: UInt64, found: UInt64)?
        switch verification.finding {
        case .bytes(let found): outcome = found
        case .checksums(let expected, let found): checksums = (expected, found)
        case .otherSize: break
        }
        deviceBytes = outcome?.foundSize
        differingBytes = outcome?.differing
        firstDifference = outcome?.first.map {
            FirstDifference(offset: $0.offset, expected: $0.expected, found: $0.found)
        }
        fileChecksum = Quantity.checksum(checksums?.expected)
        deviceChecksum = Quantity.checksum(checksums?.found)
    }
}
