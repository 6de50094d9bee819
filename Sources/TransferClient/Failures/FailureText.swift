package import PigweedTransfer

/// Why a transfer failed, in words.
package struct FailureText: Hashable, Sendable {
    /// What happened, as a sentence without a full stop.
    package let sentence: String
    /// The probable cause; `nil` if the sentence says it.
    package let cause: String?
    /// The next step, as a sentence without a full stop.
    package let advice: String

    /// - Parameter moved: how far the transfer came, such as "4096 bytes".
    package init(
        _ failure: TransferFailure, in report: TransferReport, moved: String, naming: TransferSetting.Naming
    ) {
        let text = FailureText(describing: failure, in: report, moved: moved, naming: naming)
        guard report.isTelnet, failure.mayComeOfLoss else {
            self = text
            return
        }
        self.init(text.sentence, cause: Self.telnetCause, advice: Self.telnetAdvice)
    }

    /// The cause if nothing gets through a network port that speaks telnet.
    package static let telnetCause =
        "the network port is in telnet mode: it sends bytes of its own (FF FB, FF FD) and doubles each FF of the data"
    /// The advice for ``telnetCause``.
    package static let telnetAdvice =
        "name it as what it is: --port rfc2217://HOST:PORT, or telnet://HOST:PORT if its server does not set the port"

    private init(
        describing failure: TransferFailure, in report: TransferReport, moved: String,
        naming: TransferSetting.Naming
    ) {
        let chunks = ChunkAdvice(present: report.chunkSize)
        let damage = Self.damage(report)
        switch failure {
        case .device(let status):
            let meaning = StatusMeaning(
                status, direction: report.request.direction, chunks: chunks, naming: naming)
            self.init(
                report.progress.moved == 0
                    ? "the device refused with \(status)"
                    : "the device ended the transfer with \(status) after \(moved)",
                cause: meaning.cause, advice: meaning.advice)
        case .streamRefused(let status):
            self.init(
                "the device refused the call with \(status)",
                cause: "its RPC server does not take the transfer service's stream now",
                advice: "restart the device and try again")
        case .noTransferService:
            self.init(
                "the device has no transfer service (NOT_FOUND)",
                cause: "the firmware does not register pw_transfer, or does so on another channel",
                advice: "check the channel of the firmware: \(naming(.channel))")
        case .noAnswer:
            self.init(
                "the device does not answer", cause: Self.cause(ofSilence: report.statistics),
                advice: "check \(naming(.port)), \(naming(.baudRate)), \(naming(.channel)) and "
                    + "\(naming(.address)); devices that erase flash first: \(naming(.startTimeout))")
        case .deviceSilent:
            self.init(
                "the device fell silent after \(moved)",
                cause: damage
                    ?? "it crashed, was reset, is busy for longer than the patience of this program, or the line "
                    + "lets nothing through",
                advice: damage == nil
                    ? "try again; for a slow device: \(naming(.chunkTimeout)) and \(naming(.retries))"
                    : "check cable and \(naming(.baudRate)); \(chunks.text(naming))")
        case .noProgress:
            self.init(
                "the device continues to talk, but nothing gets through after \(moved)",
                cause: damage
                    ?? "the firmware is stuck, or the line loses every repetition of some chunk, "
                    + "which may be too long for a buffer on the way",
                advice: "try \(chunks.text(naming)); for a device that is so slow: \(naming(.chunkTimeout))")
        case .streamLost:
            self.init(
                "the device no longer knows the transfer after \(moved)",
                cause: "it restarted, or another program talks to it on the same port",
                advice: report.request.direction == .read
                    ? "to continue by itself: \(naming(.reconnect)); why it restarted: \(naming(.deviceOutput))"
                    : "to begin again by itself: \(naming(.reconnect)) or \(naming(.restart)); why it restarted: "
                        + naming(.deviceOutput))
        case .cannotContinue(let status):
            self.init(
                "the device no longer knows the transfer after \(moved), and refuses to continue there (\(status))",
                cause: "it restarted, or another program talks to it; the resource cannot begin at an offset",
                advice:
                    "to begin again by itself: \(naming(.reconnect)); why it restarted: \(naming(.deviceOutput))"
            )
        case .protocolViolation(let violation):
            self.init(
                "\(violation) after \(moved)",
                cause: "a fault of the firmware, or two programs that use the port at the same time",
                advice: "try again with no other program on the port")
        case .offsetNotSupported:
            self.init(
                "the device cannot begin at an offset (UNIMPLEMENTED)",
                cause:
                    "the resource's handler does not support \(naming(.offset)), or the firmware is too old",
                advice: "transfer it from the start, without \(naming(.offset))")
        case .cannotGoBack:
            self.init(
                "data were lost on the line after \(moved), and the device cannot send them again (UNIMPLEMENTED)",
                cause: "the resource's handler reads in one go, so it cannot go back to what was lost",
                advice: "try again; if it happens often, look for what disturbs the line"
            )
        case .onlyLegacySupported:
            self.init(
                "the device speaks only the legacy protocol (UNIMPLEMENTED)",
                cause: "its firmware is from before version 2 of pw_transfer",
                advice: "allow it with \(naming(.anyVersion))")
        case .notPossibleInLegacy:
            self.init(
                "the legacy protocol has neither resource 0 nor offsets",
                cause: "it names transfers by their resource alone, and 0 means none",
                advice: "use \(naming(.anyVersion))")
        case .deviceStorageFull:
            self.init(
                "the device has no room for more than \(moved) (RESOURCE_EXHAUSTED)",
                cause: "the data are larger than what the device keeps for this resource",
                advice: "check that it is the right file and the right resource")
        case .tooLarge:
            self.init(
                "the transfer would end behind offset 4294967295, the last one of the protocol",
                cause: "devices count offsets in 32 bits",
                advice: "check \(naming(.offset)), or split the data")
        case .cancelled: self.init("cancelled after \(moved)", advice: "try again")
        case .storageFailed:
            self.init(
                "the data could not be stored", advice: "choose another place with \(naming(.toFile))")
        case .sourceFailed:
            self.init("the data could not be read", advice: "check the input, then try again")
        }
    }

    /// The cause for a line that damages many frames; `nil` if the line does not.
    private static func damage(_ report: TransferReport) -> String? {
        guard let (damaged, all) = report.lineDamage else { return nil }
        return "the line damages what it carries: \(damaged) of \(all) received frames were damaged"
    }

    init(_ sentence: String, cause: String? = nil, advice: String) {
        self.sentence = sentence
        self.cause = cause
        self.advice = advice
    }

    private static func cause(ofSilence statistics: TransferEngine.Statistics) -> String {
        if statistics.frames > 0 {
            return "it sends valid frames but no answers: another channel, or busy with other things"
        }
        if statistics.strayBytes + statistics.damagedFrames > 0 {
            return "bytes arrive, but no valid frame: the baud rate may be wrong"
        }
        return "nothing was received: wrong port or baud rate, or no firmware with pw_rpc"
    }
}

extension TransferFailure {
    /// Whether the failure may come from bytes that do not get through unchanged.
    fileprivate var mayComeOfLoss: Bool {
        switch self {
        case .noAnswer, .deviceSilent, .noProgress, .streamLost, .protocolViolation, .device: true
        default: false
        }
    }
}
