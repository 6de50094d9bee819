internal import Machine
internal import MonotonicTime
internal import Testing

/// A state that threads share.
@Suite(.timeLimit(.minutes(30))) struct MonitorTests {
    @Test func aStateThatIsHeldIsNotAwaitedForLongerThanTheDeadline() throws {
        let state = Monitor(0)
        let phase = Monitor(Phase.before)
        try BackgroundThread.start {
            state.change { value in
                phase.change { $0 = .held }
                _ = phase.wait(until: { _ in nil }, for: { $0 == .released ? true : nil })
                value = 1
            }
        }
        _ = phase.wait(until: { _ in nil }, for: { $0 == .held ? true : nil })
        #expect(state.change(before: MonotonicClock.now) { $0 } == nil)
        phase.change { $0 = .released }
        #expect(state.wait(until: { _ in nil }, for: { $0 == 1 ? true : nil }) == true)
        #expect(state.change(before: MonotonicClock.now) { $0 } == 1)
    }

    private enum Phase { case before, held, released }
}
