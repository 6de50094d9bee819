internal import CLibrary

/// What the exit code of the program means; scripts rely on the numbers, most of which are those of `sysexits.h`.
enum ExitStatus: Equatable {
    /// Done, and verified where that was asked for.
    case done
    /// Usage error.
    case usage
    /// What is on the device is not what was written.
    case verificationFailed
    /// An input file does not hold what it should.
    case badInput
    /// An input file is missing or cannot be read.
    case noInput
    /// No such device, or several match.
    case noDevice
    /// A bug of this program.
    case internalError
    /// An output file cannot be created or written.
    case cannotWriteOutput
    /// The link to the device broke.
    case linkBroke
    /// Try again later: the port is busy, or the device silent.
    case temporary
    /// The device refused, or broke the protocol.
    case deviceRefused
    /// The device logged that it failed.
    case deviceFailed
    /// Not permitted to use the port.
    case noPermission
    /// The configuration, in a file or in the environment, is wrong.
    case configuration
    /// Stopped by this signal.
    case interrupted(signal: Int32)

    var rawValue: Int32 {
        switch self {
        case .done: 0
        case .usage: 64
        case .verificationFailed: 65
        case .badInput: 65
        case .noInput: 66
        case .noDevice: 69
        case .internalError: 70
        case .cannotWriteOutput: 73
        case .linkBroke: 74
        case .temporary: 75
        case .deviceRefused: 76
        case .deviceFailed: 79
        case .noPermission: 77
        case .configuration: 78
        case .interrupted(let signal): 128 + signal
        }
    }
}

extension ExitStatus {
    /// Exit codes, the one that counts least first: a retry may help with the first ones, and only a person with the
    /// last. What is not here, a signal above all, counts more.
    private static let order: [Int32] = [0, 75, 74, 69, 76, 79, 65, 77, 73, 66, 64, 78, 70]

    /// Of several devices or files the exit code of the one with the greatest weight counts.
    var weight: Int { Self.order.firstIndex(of: rawValue) ?? Self.order.count }
}

extension ExitStatus {
    /// Ends the process by the signal that it was stopped by, if there is one, so that a shell stops its loop, too.
    func dieBySignal() {
        guard case .interrupted(let number) = self else { return }
        var set = sigset_t()
        sigemptyset(&set)
        sigaddset(&set, number)
        signal(number, SIG_DFL)
        pthread_sigmask(SIG_UNBLOCK, &set, nil)
        raise(number)
    }
}
