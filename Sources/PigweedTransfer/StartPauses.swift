/// When a start is sent again before its timeout (protocol: opening a transfer).
///
/// A device installs a stream on another thread and loses the starts that arrive before that: of the reference's device, 9
/// of 10 right behind the request, 1 of 4 after 1 ms, 1 of 50 after 10 ms. Nobody knows how long it takes, but in version 2 a
/// start may be repeated as long as nothing was heard: the device prepares once and answers each. So the first goes
/// out at once, and more follow at growing distances until something is heard.
struct StartPauses: IteratorProtocol {
    /// On a new stream starts are sent after 0, 10, 25, 110 and 320 ms. There are no more, since a device that knows only the
    /// legacy protocol prepares anew for each that it gets, which may mean to erase.
    private static let new = [10, 15, 85, 210]
    /// On a stream that is opened again after all retries: a device that prepares for long may still be at work on them.
    private static let reopened = [110]
    /// On a stream that is in use only losses matter. A device that prepares for long keeps starts for two seconds.
    private static let known = [100, 200]
    /// The reference's answer to a repeated start lacks the offset, so that another session must be begun.
    private static let withOffset = [1000]
    /// Bytes of a start and the frame around it on the line, about.
    private static let frameSize = 64

    private var milliseconds: ArraySlice<Int>
    /// Starts never fill more than half of the line.
    private let shortest: Duration

    init(_ request: TransferRequest, onNewStream: Bool, isLast: Bool = false) {
        milliseconds =
            if request.protocolChoice == .legacy {
                []
            } else if request.initialOffset != 0 {
                Self.withOffset[...]
            } else {
                isLast ? Self.reopened[...] : onNewStream ? Self.new[...] : Self.known[...]
            }
        let rate = request.lineRate ?? 0
        shortest = rate > 0 ? .seconds(1) * (2 * Self.frameSize) / Int(rate) : .zero
    }

    /// Whether a start may follow the opening of its stream at once.
    static func mayStartAtOnce(_ request: TransferRequest) -> Bool {
        request.protocolChoice != .legacy && request.initialOffset == 0
    }

    /// The time from a start that was just sent to the next. Pauses shorter than the line allows are taken together.
    mutating func next() -> Duration? {
        guard let first = milliseconds.popFirst() else { return nil }
        var pause = Duration.milliseconds(first)
        while pause < shortest, let next = milliseconds.popFirst() { pause += .milliseconds(next) }
        return max(pause, shortest)
    }
}
