internal import PigweedTransfer
internal import SerialPort
internal import TransferClient

/// Listens to an open port, and if allowed, talks to the device.
struct LineExamination {
    let listenTime: Duration
    let mayTalk: Bool
    let expected: Conversation.Target

    /// Longer than any line and any server need for an answer of twenty bytes.
    private static let answerTime = Duration.milliseconds(500)
    /// The pause after a question, so that questions do not overflow a server with a small buffer.
    private static let pause = Duration.milliseconds(30)

    private struct State: ~Copyable {
        var sample = LineSample()
        var conversation: Conversation?
        var line: Line
    }

    /// - Parameter baudRate: the rate of the port; `nil` for a network connection.
    func run(over transport: any ByteTransport, baudRate: UInt32?) -> LineFacts {
        var state = State(line: Line(over: transport))
        var failure: SerialPortError?
        do throws(SerialPortError) {
            try pass(listenTime, &state)
            if mayTalk { try talk(&state) }
        } catch {
            failure = error
        }
        return LineFacts(
            figures: state.sample.finish(), conversation: state.conversation, expected: expected,
            baudRate: baudRate, time: Quantity.time(listenTime), isStuck: !state.line.output.isEmpty,
            failure: failure)
    }

    private func talk(_ state: inout State) throws(SerialPortError) {
        let seed = UInt32(truncatingIfNeeded: MonotonicClock.now.nanoseconds >> 10)
        state.conversation = Conversation(with: expected, seen: state.sample.figures, seed: seed)
        for _ in 0..<Conversation.attempts {
            try ask(expected, &state, for: Self.answerTime)
            if Self.isOver(state) { return }
        }
        for other in state.conversation?.others ?? [] {
            try ask(other, &state, for: Self.pause)
            if Self.isOver(state) { return }
        }
        try pass(Self.answerTime, &state)
    }

    private func ask(
        _ target: Conversation.Target, _ state: inout State, for time: Duration
    ) throws(SerialPortError) {
        guard state.line.output.isEmpty, let question = state.conversation?.question(to: target) else {
            return
        }
        state.line.output.bytes += question
        try pass(time, &state)
    }

    /// Whether further questions are pointless: there is an answer, or the port accepts no output.
    private static func isOver(_ state: borrowing State) -> Bool {
        state.conversation?.answer != nil || !state.line.output.isEmpty
    }

    /// Sends and receives for this time, or until there is an answer.
    private func pass(_ time: Duration, _ state: inout State) throws(SerialPortError) {
        let end = MonotonicClock.now + time
        while MonotonicClock.now < end, state.conversation?.answer == nil {
            try state.line.send()
            let count = try state.line.exchange(until: end)
            guard count > 0 else { continue }
            Self.receive(state.line.input, count: count, &state.sample, &state.conversation)
        }
    }

    private static func receive(
        _ bytes: [UInt8], count: Int, _ sample: inout LineSample, _ conversation: inout Conversation?
    ) {
        sample.receive(bytes.span.extracting(0..<count)) { packet, origin in
            conversation?.receive(packet, from: origin)
        }
    }
}
