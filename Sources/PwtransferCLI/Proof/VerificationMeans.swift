internal import ArgumentParser
internal import TransferClient

/// How a write is verified.
enum VerificationMeans: ExpressibleByArgument, Hashable, Sendable {
    /// Nothing is verified.
    case none
    /// The resource is read and compared.
    case readback
    /// A checksum that the device reports is compared.
    case checksum(ChecksumAlgorithm)

    private static let checksumPrefix = "checksum:"

    init?(argument: String) {
        switch argument {
        case "none": self = .none
        case "readback": self = .readback
        default:
            guard argument.hasPrefix(Self.checksumPrefix),
                let algorithm = ChecksumAlgorithm(
                    rawValue: String(argument.dropFirst(Self.checksumPrefix.count)))
            else { return nil }
            self = .checksum(algorithm)
        }
    }

    static var defaultCompletionKind: CompletionKind {
        .words { allValueStrings.map { CompletionWord($0, "") } }
    }

    static var allValueStrings: [String] {
        ["none", "readback"] + ChecksumAlgorithm.allCases.map { checksumPrefix + $0.rawValue }
    }

    /// The means as the user types them.
    var name: String {
        switch self {
        case .none: "none"
        case .readback: "readback"
        case .checksum(let algorithm): Self.checksumPrefix + algorithm.rawValue
        }
    }
}
