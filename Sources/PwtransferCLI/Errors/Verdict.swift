internal import PigweedRPC

/// What a script should do next, after a command on a board. These are the only tables of verdicts: exit codes,
/// `--json`, README and the example scripts follow them.
enum Verdict: String, CaseIterable {
    /// The work is done.
    case pass
    /// Try again, a few times: it may succeed.
    case retry
    /// Take the board out.
    case board
    /// Stop: every board would fail the same way.
    case station

    /// If there are several verdicts, the one with the greatest weight counts.
    var weight: Int { Self.allCases.firstIndex(of: self) ?? 0 }
}

extension ExitStatus {
    var verdict: Verdict {
        switch self {
        case .done: .pass
        case .verificationFailed, .noDevice, .linkBroke, .temporary: .retry
        case .deviceRefused, .deviceFailed: .board
        case .usage, .badInput, .noInput, .internalError, .cannotWriteOutput, .noPermission, .configuration,
            .interrupted:
            .station
        }
    }

    /// The exit status for a status with which a device refused or ended something.
    init(ofDevice status: Status) {
        self = status.verdict == .retry ? .temporary : .deviceRefused
    }
}

extension Status {
    /// The verdict on a device that refused or ended something with this status.
    var verdict: Verdict {
        switch self {
        case .ok: .pass
        case .deadlineExceeded, .resourceExhausted, .aborted, .unavailable: .retry
        case .invalidArgument, .notFound, .alreadyExists, .permissionDenied, .outOfRange, .unimplemented,
            .unauthenticated:
            .station
        // CANCELLED, UNKNOWN, FAILED_PRECONDITION, INTERNAL, DATA_LOSS, and statuses that Pigweed does not define.
        default: .board
        }
    }
}

extension Problem {
    /// What a script should do next.
    var verdict: Verdict {
        if let ownVerdict { return ownVerdict }
        guard status == .deviceRefused, let deviceStatus else { return status.verdict }
        return deviceStatus.verdict
    }
}
