internal import ArgumentParser
internal import PigweedTransfer
internal import TransferClient

/// How long to wait for an answer, and how often to make the call.
struct CallPatience {
    var timeout: Duration
    var attempts: Int

    /// For a status that a transfer can do without: one short attempt.
    static let optionalStatus = CallPatience(timeout: .seconds(1), attempts: 1)
    /// For a status that is needed: several attempts.
    static let neededStatus = CallPatience(timeout: .seconds(1), attempts: 3)
}

/// The options of commands that make calls and no transfers.
struct CallOptions: ParsableArguments {
    /// The default of `--timeout`.
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

    func patience(attempts: Int) -> CallPatience {
        CallPatience(timeout: timeout?.duration ?? Self.timeout, attempts: attempts)
    }
}

extension TransferOptions {
    /// The time and the attempts for the call that looks up a path.
    var lookupPatience: CallPatience {
        let request = prepared(.read(0))
        // With more attempts, the lookup would never end in practice.
        return CallPatience(timeout: request.chunkTimeout, attempts: min(max(request.retries, 0), 1000) + 1)
    }
}
