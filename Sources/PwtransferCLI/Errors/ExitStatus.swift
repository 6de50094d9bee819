internal import CLibrary

/// What the exit code of the program means; scripts rely on the numbers, most of which are those of `sysexits.h`.
enum ExitStatus: Equatable {
    /// The command succeeded, with verification if that was requested.
    case done
    case usage
    /// The device does not have the data that were written.
    case verificationFailed
    /// An input file has unusable content.
    case badInput
    /// An input file is missing or cannot be read.
    case noInput
    /// No device matches, or several do.
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
    /// This signal stopped the command.
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
    /// Exit codes by weight, the lightest first: a retry may cure the first ones, and only a person the last ones.
    /// Codes that are missing here, above all those of signals, weigh more.
    private static let order: [Int32] = [0, 75, 74, 69, 76, 79, 65, 77, 73, 66, 64, 78, 70]

    /// If several devices or files fail, the exit code with the greatest weight becomes that of the command.
    var weight: Int { Self.order.firstIndex(of: rawValue) ?? Self.order.count }
}

extension ExitStatus {
    /// If a signal stopped the command, ends the process by the same signal, so that a shell stops its loop, too.
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
