internal import PigweedRPC

/// What a script does next, after a command on a board. This is the only table of it: exit codes, `--json`, README and the
/// example scripts follow.
enum Verdict: String, CaseIterable {
    /// The work is done.
    case pass
    /// Try again, a few times: it may succeed.
    case retry
    /// Take the board out.
    case board
    /// Stop: every board would fail the same way.
    case station

    /// Of several verdicts the one with the greatest weight counts.
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

    /// For a status with which a device refused or ended something.
    init(ofDevice status: Status) {
        self = status.verdict == .retry ? .temporary : .deviceRefused
    }
}

extension Status {
    /// Of a device that refused or ended something with it.
    var verdict: Verdict {
        switch self {
        case .ok: .pass
        case .deadlineExceeded, .resourceExhausted, .aborted, .unavailable: .retry
        case .invalidArgument, .notFound, .alreadyExists, .permissionDenied, .outOfRange, .unimplemented,
            .unauthenticated:
            .station
        // CANCELLED, UNKNOWN, FAILED_PRECONDITION, INTERNAL, DATA_LOSS, and what Pigweed does not define.
        default: .board
        }
    }
}

extension Problem {
    /// What a script does next.
    var verdict: Verdict {
        if let ownVerdict { return ownVerdict }
        guard status == .deviceRefused, let deviceStatus else { return status.verdict }
        return deviceStatus.verdict
    }
}
