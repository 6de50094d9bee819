internal import Machine
internal import PigweedRPC
internal import PigweedTransfer
internal import SimulatedDevice
internal import TestSupport
internal import Testing
@testable import TransferClient

/// A run with an engine and a device, but no port. Time passes only where a test says so.
struct TransferRunTests {
    /// The clock of a ``TransferRun``.
    private final class Clock {
        var now = Instant.zero
    }

    /// A disk that needs some time for each piece.
    private final class SlowSink: ByteSink {
        let name = "a slow disk"
        private(set) var bytes: [UInt8] = []
        private(set) var writes = 0
        private let clock: Clock
        private let delay: Duration

        init(_ clock: Clock, delay: Duration) {
            self.clock = clock
            self.delay = delay
        }

        func write(_ data: Span<UInt8>) throws(FileError) {
            data.withUnsafeBufferPointer { bytes.append(contentsOf: $0) }
            writes += 1
            clock.now = clock.now + delay
        }

        func synchronize() throws(FileError) {}
        func restart() throws(FileError) {}
        func commit() throws(FileError) {}
        func discard() {}
    }

    private static let content = patternBytes(4096)
    private let clock = Clock()

    private func makeRun(
        into sink: any ByteSink, deadline: Duration? = nil, engine: borrowing TransferEngine
    ) -> TransferRun {
        var options = TransferLoop.Options()
        options.deadline = deadline
        return TransferRun(
            .read(3), peer: .sink(sink), options: options, engine: engine, output: OutputBuffer(),
            clock: { [clock] in clock.now })
    }

    /// Runs a read until it is over. Returns the time on the line.
    private func finish(_ run: inout TransferRun, _ engine: inout TransferEngine) throws -> Duration {
        var board = VirtualBoard(resources: [DeviceResource(id: 3, storage: MemoryResource(Self.content))])
        try engine.begin(run.request, at: run.now)
        for _ in 0..<10_000 where !run.isFinished {
            if let failure = run.endsNow(at: run.now) { engine.fail(failure, at: run.now) }
            if let timeout = engine.nextTimeout, run.now >= timeout { engine.handleTimeout(at: run.now) }
            run.handleEvents(of: &engine, at: run.now)
            var bytes: [UInt8] = []
            engine.transmit(into: &bytes)
            board.send(bytes)
            let before = board.now
            let received = board.receive(until: engine.nextTimeout)
            clock.now = clock.now + (board.now - before)
            var position = 0
            while position < received.count {
                engine.receive(received.span, at: &position, now: run.now)
                run.handleEvents(of: &engine, at: run.now)
            }
            run.update(from: engine, output: OutputBuffer(), at: run.now)
        }
        let isFinished = run.isFinished
        #expect(isFinished)
        return board.now - .zero
    }

    @Test func timeStandsStillWhileOurDiskIsSlow() throws {
        let sink = SlowSink(clock, delay: .seconds(600))
        var engine = TransferEngine(configuration: RPCClient.Configuration(), seed: 1)
        var run = makeRun(into: sink, engine: engine)
        let lineTime = try finish(&run, &engine)
        try run.conclude()
        #expect(sink.bytes == Self.content)
        #expect(sink.writes > 1)
        let report = run.report
        #expect(report.statistics.repeats == 0)
        #expect(report.timing[.sink] == .seconds(600 * sink.writes))
        #expect(report.duration == lineTime + .seconds(600 * sink.writes))
    }

    @Test func theDeadlineCountsTheTimeOfTheDisk() throws {
        let sink = SlowSink(clock, delay: .seconds(600))
        var engine = TransferEngine(configuration: RPCClient.Configuration(), seed: 1)
        var run = makeRun(into: sink, deadline: .seconds(900), engine: engine)
        _ = try finish(&run, &engine)
        var reason: TransferError.Reason?
        do throws(TransferError) { try run.conclude() } catch { reason = error.reason }
        #expect(reason == .deadline(.seconds(900)))
        #expect(sink.writes == 2)
    }

    /// A process that was stopped has heard nothing; a process that is a little late has.
    @Test(arguments: [(Duration.seconds(3600), Duration.seconds(3600)), (.milliseconds(200), .zero)])
    func timeInWhichThisProcessCouldNotRunIsNoSilence(late: Duration, stalled: Duration) throws {
        var engine = TransferEngine(configuration: RPCClient.Configuration(), seed: 1)
        var run = makeRun(into: SlowSink(clock, delay: .zero), engine: engine)
        try engine.begin(run.request, at: run.now)
        let deadline = clock.now + .seconds(1)
        clock.now = deadline + late
        run.wokeUp(after: deadline)
        let (unheard, now) = (run.stalled, run.now)
        #expect(unheard == stalled)
        #expect(now == deadline + (late - stalled))
        run.update(from: engine, output: OutputBuffer(), at: run.now)
        let report = run.report
        #expect(report.timing[.suspension] == stalled)
        #expect(report.duration == .seconds(1) + late)
    }
}
