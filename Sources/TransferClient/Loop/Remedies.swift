internal import PigweedRPC
internal import PigweedTransfer

/// A change for another attempt, after a failure that this side can do something about.
package enum Remedy: Hashable, Sendable {
    /// Chunks have at most this many bytes, since the line damages frames.
    case smallerChunks(UInt32)
    /// The transfer is simply tried again: the device gave up because this process could not run for this time.
    case afterSuspension(Duration)
}

/// The remedies that one transfer has tried.
struct Remedies {
    /// The sizes that are tried. Chunks of the first size fit every buffer; a line that loses these may let shorter
    /// ones through.
    private static let chunkSizes: [UInt32] = [128, 32]
    private static let suspensionLimit = 3

    /// Whether any remedy was tried.
    private(set) var haveBeenTried = false
    private var suspensions = 0
    private var knownSuspension = Duration.zero

    /// The remedy to try after this failure; `nil` if there is none.
    mutating func next(after failure: TransferFailure, in report: TransferReport) -> Remedy? {
        let suspension = report.timing[.suspension] - knownSuspension
        if suspension >= TransferReport.longSuspension, failure.followsSilence,
            suspensions < Self.suspensionLimit, report.request.direction == .read
        {
            knownSuspension += suspension
            suspensions += 1
            haveBeenTried = true
            return .afterSuspension(suspension)
        }
        guard report.version != nil, failure == .deviceSilent || failure == .noProgress,
            report.lineDamage != nil,
            let size = Self.chunkSizes.first(where: { $0 < report.chunkSize })
        else { return nil }
        haveBeenTried = true
        return .smallerChunks(size)
    }
}

extension TransferReport {
    /// How long this process must have been stopped before this counts as the cause of a failure.
    package static let longSuspension = Duration.seconds(1)

    /// The most bytes of data that a chunk may have.
    var chunkSize: UInt32 {
        request.direction == .read ? request.chunkSize : request.writeChunkSize ?? request.chunkSize
    }

    /// How many of the received frames were damaged, if it is at least one of 20.
    var lineDamage: (damaged: Int, all: Int)? {
        let (damaged, all) = (statistics.damagedFrames, statistics.frames + statistics.damagedFrames)
        return damaged > 0 && damaged * 20 >= all ? (damaged, all) : nil
    }
}

extension TransferRequest {
    /// The request with chunks of at most this size.
    func limited(toChunksOf size: UInt32) -> TransferRequest {
        var request = self
        if direction == .read {
            request.chunkSize = size
            request.fallback?.chunkSize = size
        } else {
            request.writeChunkSize = size
        }
        return request
    }
}

extension TransferFailure {
    /// Whether the failure can come from a client that was silent for long.
    package var followsSilence: Bool {
        switch self {
        case .device(.deadlineExceeded), .device(.cancelled), .device(.aborted), .deviceSilent, .noAnswer,
            .streamLost:
            true
        default: false
        }
    }
}
