public import PigweedRPC
public import PigweedTransfer
public import SerialPort

/// Runs transfers over a transport, one after the other: joins the engine, which knows no I/O, to a port, a clock,
/// and the file on this side. Blocks the calling thread.
public struct TransferLoop: ~Copyable {
    /// The limits of a run, beside the timeouts and retries in its request.
    public struct Options {
        /// Asks the device whether a resource is still the one that is meant. Returns why the transfer fails; `nil` if
        /// the device confirms the resource. The duration is the longest silence of the device; `nil` for the usual
        /// one.
        package typealias Confirmation = (inout TransferLoop, TransferReport, Duration?) -> TransferError
            .Reason?

        /// The longest that a whole transfer may take.
        public var deadline: Duration?
        /// A request that ends the transfer early.
        public var stop: StopRequest?
        /// Gets the line back if it breaks; if `nil`, a break ends the transfer.
        public var recovery: (any LineRecovery)?
        /// The algorithms of the checksum by which the device may identify its part of a write, once the line is back.
        package var resumeChecksums = ChecksumAlgorithm.neverRightByChance
        /// Whether a source without any data is an error; otherwise it leaves an empty resource.
        package var refusesEmptySource = false
        /// The loop calls this function after the device may have restarted: before the transfer goes on, and when all
        /// data were moved.
        package var confirmation: Confirmation?
        /// The observer of the transfer.
        package var observer: (any TransferObserver)?

        /// Options without limits and without an observer.
        public init() {}
    }

    /// How long the device has time to acknowledge a stop.
    static let stopTimeout = Duration.seconds(1)
    /// The silence after which text without an end is handed out as it is.
    static let textTimeout = Duration.milliseconds(100)
    /// The port or connection in use.
    package var transport: any ByteTransport { line.transport }

    var line: Line
    private let configuration: RPCClient.Configuration
    var engine: TransferEngine
    /// Whether the device's log is taken from its service, too.
    var usesLogService = false
    var hasToldLogRefusal = false

    /// A loop for an open transport, which the loop does not close. A recovery in the options closes the transport and
    /// opens another one.
    public init(over transport: any ByteTransport, configuration: RPCClient.Configuration) {
        line = Line(over: transport)
        self.configuration = configuration
        engine = Self.makeEngine(configuration)
    }

    /// Reads a resource.
    ///
    /// - Parameters:
    ///   - resource: the number of the resource on the device.
    ///   - offset: the offset in the resource at which to begin, in bytes. Others than 0 need version 2 of the
    ///     protocol.
    ///   - settings: protocol, pace and timeouts. Without a `minDelay`, the device is asked for no pause at first.
    ///   - sink: takes the data, and is committed or discarded in the end.
    ///   - options: the limits of the run.
    public mutating func read(
        resource: UInt32, offset: UInt64 = 0, settings: TransferSettings = TransferSettings(),
        into sink: any ByteSink, options: Options = Options()
    ) throws(TransferError) -> TransferReport {
        try read(
            TransferRequest(reading: resource, from: offset, settings), into: sink, options: options)
    }

    /// Writes what `source` has into a resource.
    ///
    /// - Parameters:
    ///   - resource: the number of the resource on the device.
    ///   - offset: the offset of the first byte in the resource. Others than 0 need version 2 of the protocol.
    ///   - settings: protocol, pace and timeouts.
    ///   - source: the data.
    ///   - options: the limits of the run.
    public mutating func write(
        resource: UInt32, offset: UInt64 = 0, settings: TransferSettings = TransferSettings(),
        from source: any ByteSource, options: Options = Options()
    ) throws(TransferError) -> TransferReport {
        var request = TransferRequest.write(resource, size: source.size, settings: settings)
        request.initialOffset = offset
        return try write(request, from: source, options: options)
    }

    /// Reads a resource into `sink`, which is committed or discarded in the end.
    package mutating func read(
        _ request: TransferRequest, into sink: any ByteSink, options: Options
    ) throws(TransferError) -> TransferReport {
        var run = TransferRun(
            request, peer: .sink(sink), options: options, engine: engine, output: line.output)
        do throws(TransferError) {
            try perform(&run)
            do throws(FileError) { try sink.commit() } catch { throw run.error(.file(error)) }
        } catch {
            sink.discard()
            throw error
        }
        return run.report
    }

    /// Writes what `source` has into a resource.
    ///
    /// - Parameters:
    ///   - request: the request; the first byte of the source belongs at its initial offset.
    ///   - source: the data.
    ///   - start: how many bytes of the source the device has already; see ``WriteResumption``.
    ///   - options: the limits of the run.
    package mutating func write(
        _ request: TransferRequest, from source: any ByteSource, startingAt start: UInt64 = 0,
        options: Options
    ) throws(TransferError) -> TransferReport {
        let whole = request.initialOffset == 0 ? source : nil
        let rest = start > 0 ? SourceSuffix(of: source, from: start) : source
        var request = request
        request.initialOffset += start
        request.size = rest.size
        var run = TransferRun(
            request, peer: .source(rest), of: whole, options: options, engine: engine, output: line.output)
        // Devices give up if a client has begun and then sends nothing.
        if rest.size == nil { try waitForFirstBytes(of: rest, &run) }
        do throws(FileError) {
            if options.refusesEmptySource, try source.isEmpty { throw .sourceEmpty(path: source.name) }
            try source.checkUnchanged()
        } catch {
            throw run.error(.file(error))
        }
        try perform(&run)
        // The source was checked with its last bytes. Bytes that were sent again afterwards may have been read later.
        do throws(FileError) { try source.checkUnchanged() } catch { throw run.error(.file(error)) }
        return run.report
    }

    private mutating func perform(_ run: inout TransferRun) throws(TransferError) {
        while try !performOnce(&run) {}
        try run.conclude()
        if let failure = try confirmResource(&run, within: nil) { throw run.error(.link(failure)) }
    }

    /// Runs the transfer, or the rest of it, over the present line. False if another run is needed.
    private mutating func performOnce(_ run: inout TransferRun) throws(TransferError) -> Bool {
        do throws(TransferFailure) {
            try engine.begin(run.request, at: run.now)
        } catch {
            throw run.error(.transfer(error))
        }
        line.output.removeAll()
        do throws(SerialPortError) {
            while try step(&run) {}
        } catch {
            let now = run.now
            let wasFinished = run.isFinished
            if wasFinished {
                run.update(from: engine, output: line.output, at: now)
            } else {
                leave(&run, at: now)
            }
            if wasFinished || !run.hasBroken { return true }
            try reconnect(&run, after: error)
            return false
        }
        if run.isForgotten {
            try run.beginReturn()
            if let failure = try goOn(&run) { try reconnect(&run, after: failure) }
            return false
        }
        if run.mustStartOver {
            try run.startOver()
            return false
        }
        return !run.tryAgain()
    }

    /// Waits for the device after the line broke, and prepares the rest of the transfer.
    private mutating func reconnect(
        _ run: inout TransferRun, after failure: SerialPortError
    ) throws(TransferError) {
        guard let recovery = run.options.recovery else { throw run.error(.link(failure)) }
        var latest: SerialPortError? = failure
        while let failure = latest {
            try run.lineBroke(failure)
            line.output.removeAll()
            do throws(PortRequestError) {
                line.transport = try recovery.recover(within: run.timeLeft, stop: run.options.stop)
            } catch {
                run.passTime(at: run.now)
                if run.endsNow(at: run.now) != nil { return try run.conclude() }
                throw run.error(.notResumed(failure, .portUnavailable(error)))
            }
            renewEngine()
            run.lineIsBack(at: transport.name)
            latest = try goOn(&run)
        }
    }

    /// Makes sure that the resource is still the one that is meant, if the device may have restarted. Returns the error
    /// if the line breaks meanwhile.
    private mutating func confirmResource(
        _ run: inout TransferRun, within silence: Duration?
    ) throws(TransferError) -> SerialPortError? {
        guard run.report.isResourceDoubtful, let confirmation = run.options.confirmation else { return nil }
        let reason = confirmation(&self, run.report, silence)
        run.passTime(at: run.now)
        switch reason {
        case nil: run.resourceIsConfirmed()
        case .link(let failure): return failure
        case .some(let reason): throw run.error(reason)
        }
        return nil
    }

    /// Prepares the rest of the transfer, by the status that the device reports. Returns the error if the line breaks
    /// meanwhile.
    private mutating func goOn(_ run: inout TransferRun) throws(TransferError) -> SerialPortError? {
        // A device may take as long to start as to answer the first start of the transfer afterwards.
        if let failure = try confirmResource(&run, within: run.timeAfterRestart * 2) { return failure }
        var status: ResourceStatusResponse?
        if run.needsResourceStatus {
            var options = CallLoop.Options()
            options.attempts = .max
            options.deadline = run.timeAfterRestart
            options.stop = run.options.stop
            options.deviceOutput = { [observer = run.options.observer, report = run.report] in
                observer?.take(.deviceOutput($0, $1), report, at: MonotonicClock.now)
            }
            do throws(ResourceStatusError) {
                let resource = run.request.resource
                status = try withCalls { calls throws(ResourceStatusError) in
                    try calls.resourceStatus(of: resource, options: options)
                }
            } catch {
                if case .call(.link(let failure)) = error { return failure }
                if run.endsNow(at: run.now) != nil { try run.conclude() }
            }
            run.passTime(at: run.now)
        }
        try run.goOn(by: status)
        return nil
    }

    /// Continues over another line to the device; calls and streams of the old one are gone.
    package mutating func use(_ transport: any ByteTransport) {
        line.transport = transport
        line.output.removeAll()
        renewEngine()
    }

    /// Makes calls on the line. No output of the device and no beginning of a frame is lost between calls and
    /// transfers.
    package mutating func withCalls<Result: ~Copyable, Failure: Error>(
        _ body: (inout CallLoop) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        var calls = CallLoop(over: transport, configuration: configuration)
        calls.exchangeClient(with: &engine)
        defer { calls.exchangeClient(with: &engine) }
        return try body(&calls)
    }

    private mutating func renewEngine() {
        engine = Self.makeEngine(configuration)
        if usesLogService { engine.open(SideStream(LogService.listen)) }
    }

    private static func makeEngine(_ configuration: RPCClient.Configuration) -> TransferEngine {
        TransferEngine(configuration: configuration, seed: .random(in: 0 ... .max))
    }

    private mutating func waitForFirstBytes(
        of source: any ByteSource, _ run: inout TransferRun
    ) throws(TransferError) {
        line.output.removeAll()
        while true {
            if run.endsNow(at: run.now) != nil { return try run.conclude() }
            do throws(FileError) {
                guard try source.isWaiting else { return }
            } catch {
                throw run.error(.file(error))
            }
            do throws(SerialPortError) {
                let count = try line.exchange(
                    until: run.nextTimeout, stop: run.options.stop, other: source.waitDescriptor)
                take(count, &run)
            } catch {
                try reconnect(&run, after: error)
            }
            let now = run.now
            flushText(&run, at: now)
            run.handleEvents(of: &engine, at: now)
            run.update(from: engine, output: line.output, at: now)
        }
    }

    /// Makes the engine hand out text that no flag has ended, once the line was silent for long enough.
    private mutating func flushText(_ run: inout TransferRun, at now: Instant) {
        guard let silence = run.textDeadline, now >= silence else { return }
        engine.flushDeviceOutput()
        run.textDeadline = nil
    }

    /// Does one round: deadlines, data, output, then a wait for input. False when the transfer is over.
    private mutating func step(_ run: inout TransferRun) throws(SerialPortError) -> Bool {
        let now = run.now
        if let failure = run.endsNow(at: now) { engine.fail(failure, at: now) }
        run.provideData(to: &engine, output: &line.output, at: now)
        // While the device waits for our source, its silence means nothing.
        if !run.isSourceAwaited, isOverdue(at: now) {
            // An answer that arrived while this process could not run is not late.
            take(try line.receive(), &run)
            if isOverdue(at: now) { engine.handleTimeout(at: now) }
        }
        flushText(&run, at: now)
        run.handleEvents(of: &engine, at: now)
        engine.transmit(into: &line.output.bytes)
        try line.send()
        run.update(from: engine, output: line.output, at: now)
        if run.isOverdue(at: now) {
            if !run.isFinished { leave(&run, at: now) }
            return false
        }
        if run.isFinished, line.output.isEmpty { return false }
        let deadline = deadline(of: run)
        // A deadline may have passed before the wait began; the time since then does not count as suspension.
        let start = MonotonicClock.now
        let count = try line.exchange(
            until: deadline, stop: run.isStopping ? nil : run.options.stop,
            other: run.isSourceAwaited ? run.sourceDescriptor : -1)
        run.wokeUp(after: max(deadline, start))
        take(count, &run)
        return true
    }

    /// Ends the transfer without the device's answer. A read that lacks only this answer is a success.
    private mutating func leave(_ run: inout TransferRun, at now: Instant) {
        engine.loseLine(at: now)
        run.handleEvents(of: &engine, at: now)
        run.update(from: engine, output: line.output, at: now)
    }

    private func isOverdue(at now: Instant) -> Bool {
        engine.nextTimeout.map { now >= $0 } ?? false
    }

    /// When the next round must begin at the latest.
    private func deadline(of run: borrowing TransferRun) -> Instant {
        var deadline = run.nextTimeout
        if !run.isSourceAwaited {
            if let time = engine.nextTimeout { deadline = min(deadline, time + run.stalled) }
            if line.output.hasRoom, let time = engine.nextDataTime {
                deadline = min(deadline, time + run.stalled)
            }
        }
        return deadline
    }

    /// Gives the engine the bytes that have arrived.
    private mutating func take(_ count: Int, _ run: inout TransferRun) {
        guard count > 0 else { return }
        run.received(line.input.span.extracting(0..<count))
        let now = run.now
        run.textDeadline = now + Self.textTimeout
        Self.feed(line.input, count: count, to: &engine, &run, at: now)
    }

    private static func feed(
        _ bytes: [UInt8], count: Int, to engine: inout TransferEngine, _ run: inout TransferRun,
        at now: Instant
    ) {
        var position = 0
        while position < count {
            engine.receive(bytes.span.extracting(0..<count), at: &position, now: now)
            run.handleEvents(of: &engine, at: now)
        }
    }
}

extension TransferRequest {
    /// A read at the pace of its settings; if they have no pause, without one at first.
    package init(reading resource: UInt32, from offset: UInt64, _ settings: TransferSettings) {
        self = .read(resource, settings: settings)
        initialOffset = offset
        if settings.minDelay == nil { tryWithoutPause() } else { fallBack(to: settings.minDelay) }
    }
}
