internal import PigweedRPC
internal import PigweedTransfer
internal import SerialPort
internal import TransferClient

/// Watches one transfer, and reports what matters to the user. Several monitors can share one ``Output``.
final class TransferMonitor: TransferObserver {
    private var output: Output
    private let deviceLog: DeviceLog?

    /// A transfer that ends within this time reports nothing but its end.
    private static let quietTime = Duration.milliseconds(500)

    private(set) var nextUpdate: Instant?
    /// When the transfer began.
    private var start: Instant?
    private var phase: TransferSnapshot.Phase?
    private var phaseStart = Instant.zero
    private var lastTenth: UInt64 = 0
    private var rate = RateEstimate()
    private var hasToldVersion = false
    /// Whether the device refused the last start, since it is busy.
    private var isBusy = false
    private var hasToldBusy = false
    /// The repeats before the first data. A device that prepares for long causes them, not a loss on the line.
    private var earlyRepeats = 0
    private var hasMoved = false
    private var last = TransferEngine.Statistics()
    private var request: TransferRequest?

    /// A monitor for the next transfer on the port that the output is about.
    init(telling output: Output, deviceLog: DeviceLog?) {
        self.output = output
        self.deviceLog = deviceLog
    }

    func take(_ event: TransferEvent, _ report: TransferReport, at now: Instant) {
        switch event {
        case .round: update(report, at: now)
        case .deviceOutput(let bytes, let place): deviceLog?.take(bytes, place, telling: output)
        case .streamReopened:
            output.note(
                .streamReopened, "the device did not know this connection; starting the transfer again")
        case .restarted(let offset):
            output.note(
                .restarted,
                "the device restarted or another client took over; going on from offset \(offset)")
        case .slowedDown(let status, let offset):
            output.note(.slowedDown, slowedDown(after: status, at: offset))
        case .readsAgain:
            output.note(
                .readBeganAgain,
                "data were lost on the line, and the device cannot send them again; reading once more from the beginning"
            )
        case .deviceBusy:
            isBusy = true
            guard !hasToldBusy else { return }
            hasToldBusy = true
            output.note(
                .deviceBusy,
                "the device is busy with other transfers; trying again until one of them ends")
        case .triedAgain(let remedy): output.note(.triedAgain, remedy.sentence)
        case .reconnection(let news):
            isBusy = false
            tell(news, report)
        }
    }

    private func tell(_ news: ReconnectionNews, _ report: TransferReport) {
        let place = "\(report.progress.moved) bytes (\(Quantity.progress(report.progress)))"
        switch news {
        case .lost(let error): output.note(.connectionLost, "\(error) at \(place)")
        case .forgotten:
            output.note(.restarted, "the device restarted or another client took over at \(place)")
        case .back(let port):
            output = output.forPort(port)
            output.tell(.portOpened)
            output.note(.reconnected, "the device is back as \(port)")
        case .goesOn(let offset): output.note(.goingOn, "going on at offset \(offset)")
        case .startsOver(let cause): output.note(.startingOver, "starting over: \(cause)")
        }
    }

    private func update(_ report: TransferReport, at now: Instant) {
        let start = begin(report, at: now)
        request = report.request
        tellVersion(report)
        if output.verbosity >= 2 { tellRepeats(report) }
        if report.wait != .acceptance { isBusy = false }
        enter(TransferSnapshot.Phase(report, isBusy: isBusy), at: now)
        if report.progress.moved > 0 { hasMoved = true }
        if !hasMoved { earlyRepeats = report.statistics.repeats }
        if phase == .moving { rate.add(report.progress.moved, at: now) }
        guard let schedule = output.progressSchedule, let due = nextUpdate else { return }
        var tenth = lastTenth
        if phase == .moving, let total = report.progress.total, total > 0 {
            tenth = report.progress.moved.multipliedFullWidth(by: 10).low / total
        }
        guard now - start >= Self.quietTime,
            now >= due || (schedule.tellsTenths && tenth > lastTenth && tenth < 10)
        else { return }
        lastTenth = tenth
        nextUpdate = now + schedule.interval
        output.tell(.progress(snapshot(report, elapsed: now - start, at: now)))
    }

    private func slowedDown(after status: Status, at offset: UInt64) -> String {
        let size = request?.chunkSize ?? 0
        let smaller = request?.fallback.flatMap { $0.chunkSize < size ? $0.chunkSize : nil }
        let cause =
            smaller == nil
            ? "perhaps for lack of a pause between chunks"
            : "perhaps because chunks of \(size) bytes do not fit its buffers"
        let change = smaller.map { "chunks of \($0) bytes and the" } ?? "the"
        return
            "the device failed with \(status), \(cause); going on from offset \(offset) with \(change) device's own pause"
    }

    /// Reports the end of the transfer.
    ///
    /// - Parameter isCheck: whether the transfer only checks another one.
    func conclude(_ report: TransferReport, isCheck: Bool, isDone: Bool) {
        if isCheck { output.log(.info, "compared: " + ClosingReport.line(report)) }
        output.tell(isCheck ? .checkEnded(report) : .transferEnded(report, isDone: isDone))
    }

    private func begin(_ report: TransferReport, at now: Instant) -> Instant {
        if let start { return start }
        let start = now - report.duration
        self.start = start
        phaseStart = start
        last = report.statistics
        nextUpdate = output.progressSchedule.map { now + max($0.interval, Self.quietTime) }
        return start
    }

    private func enter(_ phase: TransferSnapshot.Phase, at now: Instant) {
        guard phase != self.phase else { return }
        // For the user, the time until data move is one phase, which counts from the start.
        if let last = self.phase, !last.isBeforeData || !phase.isBeforeData { phaseStart = now }
        self.phase = phase
        // From now on, the device may log its answer to the write.
        if phase == .finishing { deviceLog?.judge() }
    }

    private func snapshot(
        _ report: TransferReport, elapsed: Duration, at now: Instant
    ) -> TransferSnapshot {
        let statistics = report.statistics
        return TransferSnapshot(
            phase: phase ?? .waiting, moved: report.progress.moved, total: report.progress.total,
            rate: rate.bytesPerSecond, elapsed: elapsed, phaseTime: now - phaseStart,
            linkErrors: max(statistics.damagedFrames, statistics.repeats - earlyRepeats))
    }

    private func tellVersion(_ report: TransferReport) {
        guard !hasToldVersion, let version = report.version else { return }
        hasToldVersion = true
        output.tell(.accepted(version))
        let name = version == .legacy ? "legacy protocol" : "version 2 of the protocol"
        output.log(.info, "the device took the transfer on, \(name)")
        if version == .legacy, report.request.version == nil {
            output.note(.legacyProtocol, "the device speaks the legacy protocol")
        }
    }

    private func tellRepeats(_ report: TransferReport) {
        let now = report.statistics
        var parts: [String] = []
        if now.repeats > last.repeats { parts.append("sent or asked again: \(now.repeats - last.repeats)") }
        if now.damagedFrames > last.damagedFrames {
            parts.append("damaged frames: \(now.damagedFrames - last.damagedFrames)")
        }
        if now.strayBytes > last.strayBytes {
            parts.append("stray bytes: \(now.strayBytes - last.strayBytes)")
        }
        last = now
        guard !parts.isEmpty else { return }
        output.log(.debug, "\(parts.joined(separator: ", ")), at \(Quantity.progress(report.progress))")
    }
}

/// The rate at which bytes moved over the last seconds.
struct RateEstimate {
    private static let span = Duration.seconds(4)
    private static let step = Duration.milliseconds(100)

    private var samples: [(at: Instant, moved: UInt64)] = []

    /// Bytes a second; `nil` until a tenth of a second has been measured.
    private(set) var bytesPerSecond: Double?

    /// Adds the number of bytes that had been moved by this time.
    mutating func add(_ moved: UInt64, at now: Instant) {
        if let last = samples.last, now - last.at < Self.step { return }
        // After a restart of the transfer, the number may be lower.
        if let last = samples.last, moved < last.moved { samples.removeAll() }
        samples.append((now, moved))
        // One sample from before the span stays, as the start of the measurement.
        let old = samples.prefix { now - $0.at >= Self.span }.count
        if old > 1 { samples.removeFirst(old - 1) }
        guard let first = samples.first, now > first.at else { return }
        let seconds = Double((now - first.at).saturatedNanoseconds) / 1e9
        bytesPerSecond = Double(moved - first.moved) / seconds
    }
}

extension Remedy {
    fileprivate var sentence: String {
        switch self {
        case .smallerChunks(let size):
            "the line damages too many frames; trying again with chunks of \(size) bytes"
        case .afterSuspension(let time):
            "this program could not run for \(Quantity.time(time)), and the device gave up meanwhile; trying again"
        }
    }
}
