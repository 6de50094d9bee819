internal import PigweedRPC
@testable internal import PigweedTokenizer
internal import PigweedTransfer
@testable internal import PwtransferCLI
internal import TestSupport
internal import Testing
@testable internal import TransferClient

/// The closing report of a transfer, and its events as JSON.
@Suite struct ReportTests {
    private static func report(
        _ times: [TransferTiming.Use: Duration], bytesReceived: UInt64 = 0, lineRate: UInt32? = nil,
        moved: UInt64 = 65536
    ) -> TransferReport {
        var request = TransferRequest.read(3)
        request.lineRate = lineRate
        let engine = TransferEngine(configuration: RPCClient.Configuration(), seed: 1)
        var report = TransferReport(request, of: engine)
        report.version = .version2
        report.progress = TransferEngine.Progress(moved: moved, total: 65536)
        report.statistics = TransferEngine.Statistics(
            frames: 150, damagedFrames: 2, strayBytes: 17, repeats: 3)
        for (use, time) in times {
            report.timing[use] += time
            report.duration += time
        }
        report.longestStall = .milliseconds(250)
        report.bytesReceived = bytesReceived
        return report
    }

    @Test func closingLine() {
        #expect(
            ClosingReport.line(Self.report([.data: .seconds(4), .preparation: .seconds(2)]))
                == "read 64.0 KiB in 6.00 s (10.7 KiB/s), device prepared for 2.00 s, retransmissions: 3, "
                + "damaged frames: 2, stray bytes: 17, longest stall: 0.25 s, limited by the device's pace")
    }

    /// A device prepares only where it said that it took the transfer on, whatever else was heard of it.
    @Test func phaseIsWhatTheDeviceSaid() {
        func phase(
            _ wait: TransferWait?, of request: TransferRequest = .write(2, size: 100), isBusy: Bool = false
        ) -> TransferSnapshot.Phase {
            var report = TransferReport(request)
            report.statistics.frames = 7
            report.wait = wait
            return TransferSnapshot.Phase(report, isBusy: isBusy)
        }
        #expect(phase(.acceptance) == .waiting)
        #expect(phase(.acceptance, isBusy: true) == .busy)
        #expect(phase(.parameters) == .preparing)
        #expect(phase(.pace) == .moving)
        #expect(phase(.completion) == .finishing)
        #expect(phase(.completion, of: .read(3)) == .moving)
    }

    @Test func bottleneckIsWhatTookTheTime() {
        #expect(Self.report([.data: .seconds(3), .window: .seconds(1)]).bottleneck == .devicePace)
        #expect(Self.report([.data: .seconds(1), .window: .seconds(3)]).bottleneck == .window)
        #expect(Self.report([.data: .seconds(1), .preparation: .seconds(3)]).bottleneck == .preparation)
        #expect(Self.report([.data: .seconds(1), .source: .seconds(3)]).bottleneck == .source)
        #expect(Self.report([.data: .seconds(1), .sink: .seconds(3)]).bottleneck == .sink)
        #expect(Self.report([.data: .seconds(1), .line: .seconds(3)]).bottleneck == .line)
        #expect(Self.report([.data: .seconds(1), .completion: .seconds(3)]).bottleneck == .completion)
        #expect(Self.report([.data: .seconds(1)], moved: 0).bottleneck == nil)
    }

    @Test func manyLossesCountBeforeEverythingElse() {
        #expect(Self.report([.data: .seconds(6), .recovery: .seconds(4)]).bottleneck == .losses)
        #expect(Self.report([.data: .seconds(9), .recovery: .seconds(1)]).bottleneck == .devicePace)
    }

    @Test func aLongPauseOfThisProcessIsNotBlamedOnTheDevice() {
        #expect(Self.report([.data: .seconds(6), .suspension: .seconds(5)]).bottleneck == .suspension)
        #expect(Self.report([.data: .seconds(9), .suspension: .seconds(1)]).bottleneck == .devicePace)
    }

    /// They count as losses even where the line is full, because nobody needed those bytes.
    @Test func manyDuplicatesAreLosses() {
        func report(_ duplicates: Int) -> TransferReport {
            var report = Self.report([.data: .seconds(10)], bytesReceived: 100_000, lineRate: 11_520)
            report.statistics.duplicateBytes = duplicates
            return report
        }
        #expect(report(9000).bottleneck == .line)
        #expect(report(11_000).bottleneck == .losses)
        #expect(
            ClosingReport.line(report(11_000)).contains(
                "retransmissions: 3, arrived twice: 10.7 KiB, damaged"))
        #expect(!ClosingReport.line(report(0)).contains("arrived twice"))
    }

    @Test func fullLineIsToldByItsBytes() {
        func bottleneck(_ bytes: UInt64) -> Bottleneck? {
            Self.report([.window: .seconds(10)], bytesReceived: bytes, lineRate: 11_520).bottleneck
        }
        #expect(bottleneck(100_000) == .line)
        #expect(bottleneck(50_000) == .window)
        // A USB device that looks like a serial port is faster than the rate that is set.
        #expect(bottleneck(1_000_000) == .window)
    }

    @Test func eventsAreTheGoldenOnes() throws {
        let report = Self.report([.data: .seconds(4)])
        let snapshot = TransferSnapshot(
            phase: .moving, moved: 100, total: 1000, rate: 99.6, elapsed: .seconds(2), phaseTime: .seconds(1),
            linkErrors: 1)
        let waiting = TransferSnapshot(phase: .waiting, elapsed: .seconds(2), phaseTime: .seconds(1))
        let port = "/dev/ttyACM0"
        func line(_ event: JSONEvent, _ seconds: Double, of port: String? = port) -> String {
            event.line(
                of: port, started: .seconds(1_800_000_000), elapsed: .milliseconds(Int(seconds * 1000)))
        }
        func result(_ problem: Problem? = nil) -> CommandResult {
            CommandResult(
                problem: problem, report: report, moved: report.progress.moved, elapsed: .seconds(5),
                devices: (count: 1, failed: problem == nil ? 0 : 1))
        }
        let failure = Problem(.transfer(TransferError(reason: .transfer(.device(.notFound)), report: report)))
        let device = TrayDevice(index: 1, selector: PortSelector(.node("./board")), description: nil)
        let ending = DeviceResult(
            device: device, port: port,
            outcome: CommandResult(report: report, moved: report.progress.moved, elapsed: .seconds(5)))
        let lines = [
            line(.start(command: "read", version: "1.2.3"), 0, of: nil),
            line(JSONEvent("port_opened"), 0.01),
            line(JSONEvent("accepted", ["protocol": "v2"]), 0.12),
            line(.progress(waiting), 0.5),
            line(.progress(snapshot), 1),
            line(.note(code: "device_busy", "the device is busy"), 1.5),
            line(.log(.debug, "sent again: 1"), 1.5, of: nil),
            line(.deviceOutput(LogMessage(text: #"\u{1B}[0m "quoted" / ü"#)), 1.6),
            line(.result(ending.outcome, of: ending), 5, of: nil),
            line(.result(result()), 5, of: nil),
            line(.result(result(failure)), 5, of: nil),
            line(
                .result(
                    CommandResult(problem: Problem(.usage, "no such option"), elapsed: .milliseconds(3))),
                0.003, of: nil),
        ]
        let text = lines.map { $0 + "\n" }.joined()
        try compareWithGolden(text, "events.jsonl")
    }
}
