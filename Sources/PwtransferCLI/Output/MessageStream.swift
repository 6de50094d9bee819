internal import PigweedTransfer
internal import SystemPackage
internal import TransferClient

/// Writes messages to standard output or standard error. Printing does not wait for the reader.
///
/// A thread of its own does the writing: a terminal or a pipe that other programs share may block a write at any
/// time, and making it non-blocking would affect the other programs as well.
final class MessageStream: Sendable {
    /// How much a message matters. While nobody reads, messages that matter less are dropped first.
    enum Importance: Int {
        /// Progress, which the next message replaces.
        case progress
        /// Details, for `-v`.
        case detail
        case note
        /// The end of something.
        case result
        /// What the command was run for. Printing it waits for room.
        case wanted

        /// A message is dropped, or waits, if this many unread bytes are there already.
        fileprivate var limit: Int {
            switch self {
            case .progress: 1 << 14
            case .detail: 1 << 20
            case .wanted: 1 << 18
            case .note: 5 << 18
            // There are few results, so they need no limit.
            case .result: .max
            }
        }
    }

    private struct State {
        var waiting: [[UInt8]] = []
        /// The number of bytes that wait or are being written.
        var size = 0
        var hasThread = false
        var droppedCount = 0
        /// The error that has ended all writing.
        var failure: Errno?
        /// When to stop waiting for the reader; `nil` for never.
        var limit: Instant?
        /// Whether something that the user asked for was dropped.
        var isIncomplete = false
        /// Whether nobody seems to be reading.
        var isStuck = false
    }

    /// How long a message waits for those before it on the other stream, so that a terminal shows them in order.
    private static let orderTime = Duration.milliseconds(50)
    /// How long the last messages may take after the time is over.
    private static let lastTime = Duration.milliseconds(300)

    private let descriptor: Int32
    private let state = Monitor(State())

    init(_ descriptor: Int32) {
        self.descriptor = descriptor
    }

    /// Takes a message to be written.
    ///
    /// - Returns: false if the message was dropped.
    @discardableResult
    func put(_ text: String, _ importance: Importance) -> Bool {
        let bytes = Array(text.utf8)
        guard !bytes.isEmpty else { return true }
        let patience = { (state: State) in importance == .wanted ? state.limit : Instant.zero }
        let isTaken = state.wait(until: patience) { state -> Bool? in
            guard state.failure == nil else { return false }
            guard state.size < importance.limit else { return nil }
            state.waiting.append(bytes)
            state.size += bytes.count
            startThread(&state)
            return true
        }
        if isTaken == nil {
            state.change { state in
                state.droppedCount += 1
                if importance == .wanted { state.isIncomplete = true }
            }
        }
        return isTaken ?? false
    }

    /// Waits a moment until everything is written, so that the next message on another stream comes after it.
    func settle() {
        let end = MonotonicClock.now + Self.orderTime
        let isSettled: Void? = state.wait(until: { $0.isStuck ? .zero : end }) { $0.size == 0 ? () : nil }
        if isSettled == nil { state.change { $0.isStuck = true } }
    }

    /// From now on, nothing waits beyond this time, which replaces an earlier one.
    func limit(to time: Instant) {
        state.change { $0.limit = time }
    }

    /// Waits until everything is written, or the time is over.
    ///
    /// - Returns: whether everything that the user asked for was written.
    func finish() -> Bool {
        let earliest = MonotonicClock.now + Self.lastTime
        let deadline = { (state: State) in state.limit.map { max($0, earliest) } }
        let isComplete = state.wait(until: deadline) { state in
            state.size == 0 || state.failure != nil ? state.failure == nil && !state.isIncomplete : nil
        }
        return isComplete ?? false
    }

    /// How many messages were dropped, because nobody read them.
    var droppedCount: Int { state.change(\.droppedCount) }

    /// The error of the writing, if there was one. Waits a moment for messages that are not yet written.
    var failure: Errno? {
        settle()
        return state.change(\.failure)
    }

    private func startThread(_ state: inout State) {
        guard !state.hasThread else { return }
        state.hasThread = true
        do throws(Errno) {
            try BackgroundThread.start { [self] in
                while true { writeNext() }
            }
        } catch {
            // Without a thread, this call writes by itself, and waits for the reader.
            state.hasThread = false
            state.failure = write(state.waiting.joined())
            state.waiting = []
            state.size = 0
        }
    }

    private func writeNext() {
        let forever = { (_: State) -> Instant? in nil }
        let messages = state.wait(until: forever) { state -> [[UInt8]]? in
            guard !state.waiting.isEmpty else { return nil }
            defer { state.waiting = [] }
            return state.waiting
        }
        for message in messages ?? [] {
            let failure = write(message)
            state.change { state in
                state.size -= message.count
                state.isStuck = false
                state.failure = state.failure ?? failure
            }
        }
    }

    private func write(_ bytes: some Sequence<UInt8>) -> Errno? {
        do throws(Errno) {
            try FileSystem.write(Array(bytes).span, to: descriptor)
            return nil
        } catch {
            return error
        }
    }
}
