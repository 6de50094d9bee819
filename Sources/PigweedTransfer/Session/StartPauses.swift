/// When a start is sent again before its timeout (protocol: opening a transfer).
///
/// A device installs a stream on another thread, and loses the starts that arrive before. Nobody knows how long the
/// installation takes. But in version 2 a start may be repeated as long as nothing was heard: the device prepares once
/// and answers each start. So the first start goes out at once, and more follow at growing distances until the device
/// answers.
struct StartPauses: IteratorProtocol {
    private var milliseconds: ArraySlice<Int>
    /// The shortest pause, with which starts fill no more than half of the line.
    private let shortest: Duration

    init(_ request: TransferRequest, onNewStream: Bool, isLast: Bool = false) {
        milliseconds =
            if request.settings.version == .legacy {
                []
            } else if request.initialOffset != 0 {
                Tuning.startPausesWithOffset[...]
            } else {
                isLast
                    ? Tuning.startPausesAtLast[...]
                    : onNewStream ? Tuning.startPauses[...] : Tuning.startPausesOnKnownStream[...]
            }
        let rate = request.settings.lineRate ?? 0
        shortest = rate > 0 ? .seconds(1) * (2 * Tuning.startFrame) / Int(rate) : .zero
    }

    /// Whether a start may follow the opening of its stream at once.
    static func mayStartAtOnce(_ request: TransferRequest) -> Bool {
        request.settings.version != .legacy && request.initialOffset == 0
    }

    /// The time from a start that was just sent to the next; `nil` after the last. Pauses that are too short for the
    /// line are added up.
    mutating func next() -> Duration? {
        guard let first = milliseconds.popFirst() else { return nil }
        var pause = Duration.milliseconds(first)
        while pause < shortest, let next = milliseconds.popFirst() { pause += .milliseconds(next) }
        return max(pause, shortest)
    }
}
