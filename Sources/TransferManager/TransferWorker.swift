internal import Machine
internal import PigweedRPC
internal import PigweedTransfer
internal import SerialPort
internal import Synchronization
internal import SystemPackage
internal import TransferClient

/// A transfer that waits for its turn, or runs.
struct TransferJob: Sendable {
    /// The request that ends the job early, and by which the job is identified.
    let stop: StopRequest
    /// Does the job, on the worker's thread.
    let perform: @Sendable (inout TransferLoop) -> Void
    /// Called instead if the job is never begun.
    let abandon: @Sendable (TransferError.Reason) -> Void
}

/// A thread with a `TransferLoop` that does one job after the other, and listens to the device between them.
final class TransferWorker: Sendable {
    private struct State {
        var pending: [TransferJob] = []
        var current: StopRequest?
        var isClosing = false
        var isClosed = false
        var closers: [CheckedContinuation<Void, Never>] = []
    }

    private enum Next {
        case job(TransferJob)
        case nothing
        case end
    }

    private let wakeup: Wakeup
    private let state = Mutex(State())

    /// Begins to listen on a transport, which the worker closes in the end.
    init(
        over transport: any ByteTransport, configuration: RPCClient.Configuration, output: OutputStreams
    ) throws(Errno) {
        wakeup = try Wakeup()
        try BackgroundThread.start { [self] in
            var loop = TransferLoop(over: transport, configuration: configuration)
            run(&loop) { output.tell($0.array) }
            output.end()
        }
    }

    /// Whether ``close()`` or ``requestClose()`` was called.
    var isClosing: Bool { state.withLock { $0.isClosing } }

    /// Puts a job at the end of the queue.
    func submit(_ job: TransferJob) {
        let refusal: TransferError.Reason? = state.withLock { state in
            if state.isClosing { return .closed }
            if job.stop.signal != nil { return .transfer(.cancelled) }
            state.pending.append(job)
            wakeup.raise()
            return nil
        }
        if let refusal { job.abandon(refusal) }
    }

    /// Ends a job, whether or not it has begun or was submitted.
    func cancel(_ stop: StopRequest) {
        stop.request()
        let job: TransferJob? = state.withLock { state in
            guard let index = state.pending.firstIndex(where: { $0.stop === stop }) else { return nil }
            return state.pending.remove(at: index)
        }
        job?.abandon(.transfer(.cancelled))
    }

    /// Ends all jobs and closes the transport, some time later.
    func requestClose() {
        let abandoned: [TransferJob] = state.withLock { state in
            state.isClosing = true
            state.current?.request()
            wakeup.raise()
            defer { state.pending = [] }
            return state.pending
        }
        for job in abandoned { job.abandon(.closed) }
    }

    /// Ends all jobs and returns when the transport is closed.
    func close() async {
        requestClose()
        await withCheckedContinuation { closer in
            let isClosed = state.withLock { state in
                if !state.isClosed { state.closers.append(closer) }
                return state.isClosed
            }
            if isClosed { closer.resume() }
        }
    }

    private func run(_ loop: inout TransferLoop, deviceOutput: (Span<UInt8>) -> Void) {
        loop: while true {
            switch takeNext() {
            case .job(let job): job.perform(&loop)
            case .nothing: loop.attend(until: wakeup.descriptor, deviceOutput: deviceOutput)
            case .end: break loop
            }
        }
        loop.transport.close()
        let closers: [CheckedContinuation<Void, Never>] = state.withLock { state in
            state.isClosed = true
            defer { state.closers = [] }
            return state.closers
        }
        for closer in closers { closer.resume() }
    }

    private func takeNext() -> Next {
        state.withLock { state in
            state.current = nil
            wakeup.lower()
            if state.isClosing { return .end }
            guard !state.pending.isEmpty else { return .nothing }
            let job = state.pending.removeFirst()
            state.current = job.stop
            return .job(job)
        }
    }
}
