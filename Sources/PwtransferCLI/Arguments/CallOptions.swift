internal import ArgumentParser
internal import PigweedTransfer
internal import TransferClient

/// How long to wait for the answer of a call.
struct CallPatience {
    /// How long to wait for an answer.
    var timeout: Duration
    /// How often the call is made.
    var attempts: Int
}

/// The patience of commands that make calls and no transfers.
struct CallOptions: ParsableArguments {
    /// The default silence.
    static let timeout = CallLoop.Options().timeout

    @Option(
        help: ArgumentHelp(
            "How long to wait for an answer before asking again, or giving up. (default: \(DefaultText.time(timeout)))",
            valueName: "time"))
    var timeout: TimeSpan?

    @Option(
        help: ArgumentHelp(
            "Maximum time for everything. (default: \(DefaultText.time(CallLoop.Options().deadline)))",
            valueName: "time"))
    var deadline: TimeSpan?

    func validate() throws {
        try TimeSpan.requirePositive(["--timeout": timeout, "--deadline": deadline])
    }

    /// - Parameter attempts: how often the device is asked.
    func patience(attempts: Int) -> CallPatience {
        CallPatience(timeout: timeout?.duration ?? Self.timeout, attempts: attempts)
    }
}

extension TransferOptions {
    /// The patience with which a path is looked up.
    var lookupPatience: CallPatience {
        var request = TransferRequest.read(0)
        apply(to: &request)
        // More would never end in practice.
        return CallPatience(timeout: request.chunkTimeout, attempts: min(max(request.retries, 0), 1000) + 1)
    }
}
