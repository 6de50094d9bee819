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

    private static let all: [VerificationMeans] =
        [.none, .readback] + ChecksumAlgorithm.allCases.map { .checksum($0) }

    init?(argument: String) {
        guard let means = Self.all.first(where: { $0.name == argument }) else { return nil }
        self = means
    }

    static var defaultCompletionKind: CompletionKind {
        .words { allValueStrings.map { CompletionWord($0, "") } }
    }

    static var allValueStrings: [String] { all.map(\.name) }

    /// The means as the user types them.
    var name: String {
        switch self {
        case .none: "none"
        case .readback: "readback"
        case .checksum(let algorithm): "checksum:\(algorithm.rawValue)"
        }
    }
}
