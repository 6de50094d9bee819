internal import PigweedRPC
internal import PigweedTransfer

/// What another attempt does differently after a failure by something that this side can change.
public enum Remedy: Hashable, Sendable {
    /// The line damages what it carries: chunks have at most so many bytes.
    case smallerChunks(UInt32)
    /// This process could not run for so long that the device gave up.
    case afterSuspension(Duration)
}

/// The remedies that one transfer has tried.
struct Remedies {
    /// Chunks of such a size fit every buffer; a line that loses those, too, may let the shortest ones through.
    private static let chunkSizes: [UInt32] = [128, 32]
    private static let suspensionLimit = 3

    private var isUsed = false
    private var suspensions = 0
    private var knownSuspension = Duration.zero

    /// Whether any was tried.
    var haveBeenTried: Bool { isUsed }

    /// What to try after this failure; `nil` if nothing helps.
    mutating func next(after failure: TransferFailure, in report: TransferReport) -> Remedy? {
        let suspension = report.timing[.suspension] - knownSuspension
        if suspension >= TransferReport.longSuspension, failure.followsSilence,
            suspensions < Self.suspensionLimit, report.request.direction == .read
        {
            knownSuspension += suspension
            suspensions += 1
            isUsed = true
            return .afterSuspension(suspension)
        }
        guard report.version != nil, failure == .deviceSilent || failure == .noProgress,
            report.lineDamage != nil,
            let size = Self.chunkSizes.first(where: { $0 < report.chunkSize })
        else { return nil }
        isUsed = true
        return .smallerChunks(size)
    }
}

extension TransferReport {
    /// How long this process must have been stopped before that explains what a device does.
    package static let longSuspension = Duration.seconds(1)

    /// The most bytes of data that a chunk may have.
    var chunkSize: UInt32 {
        request.direction == .read ? request.chunkSize : request.writeChunkSize ?? request.chunkSize
    }

    /// How many of the frames that came were damaged, if that is much.
    var lineDamage: (damaged: Int, all: Int)? {
        let (damaged, all) = (statistics.damagedFrames, statistics.frames + statistics.damagedFrames)
        return damaged > 0 && damaged * 20 >= all ? (damaged, all) : nil
    }
}

extension TransferRequest {
    /// The same with smaller chunks.
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
    /// Whether it is what becomes of a transfer whose client says nothing for long.
    package var followsSilence: Bool {
        switch self {
        case .device(.deadlineExceeded), .device(.cancelled), .device(.aborted), .deviceSilent, .noAnswer,
            .streamLost:
            true
        default: false
        }
    }
}
