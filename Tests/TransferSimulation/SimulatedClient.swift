internal import PigweedRPC
internal import PigweedTransfer
internal import TestSupport

/// A client that ``TransferSimulation`` drives: one transfer from begin to end, with its data in memory.
protocol SimulatedClient: AnyObject {
    /// How the transfer ended; `nil` until it has ended.
    var outcome: TransferFailure?? { get }
    /// The version that the device speaks, once it has accepted the transfer.
    var version: ProtocolVersion? { get }
    /// The bytes that a read has stored.
    var stored: [UInt8] { get }
    /// The number of bytes of a read that have arrived and will not be requested again.
    var arrived: Int { get }
    /// The progress of the transfer.
    var progress: TransferEngine.Progress { get }
    /// The figures of this client.
    var statistics: TransferEngine.Statistics { get }
    /// What the device has logged.
    var deviceOutput: [[UInt8]] { get }
    /// When ``handleTimeout(at:)`` has something to do.
    var nextTimeout: Instant? { get }
    /// When ``transmit(into:at:)`` has something to send; in the past if that is due already.
    var nextOutputTime: Instant? { get }

    func begin(at now: Instant) throws(TransferFailure)
    func cancel(at now: Instant)
    func handleTimeout(at now: Instant)
    func receive(_ bytes: [UInt8], at now: Instant)
    /// Appends what the line is to carry next to `bytes`: all waiting answers, or else one chunk of data.
    func transmit(into bytes: inout [UInt8], at now: Instant)
}

/// The client of this package.
final class EngineClient: SimulatedClient {
    private var engine: TransferEngine
    private let request: TransferRequest
    private let source: [UInt8]
    private(set) var outcome: TransferFailure??
    private(set) var version: ProtocolVersion?
    private(set) var stored: [UInt8] = []
    private(set) var deviceOutput: [[UInt8]] = []

    /// - Parameter usesLogService: whether the client opens the device's log service.
    init(_ request: TransferRequest, source: [UInt8], seed: UInt64, usesLogService: Bool) {
        engine = TransferEngine(configuration: RPCClient.Configuration(), seed: seed)
        if usesLogService { engine.open(SideStream(LogService.listen)) }
        self.request = request
        self.source = source
    }

    var arrived: Int { Int(engine.arrived) }
    var progress: TransferEngine.Progress { engine.progress }
    var statistics: TransferEngine.Statistics { engine.statistics }
    var nextTimeout: Instant? { engine.nextTimeout }
    var nextOutputTime: Instant? { engine.hasOutput ? .zero : engine.nextDataTime }

    func begin(at now: Instant) throws(TransferFailure) { try engine.begin(request, at: now) }

    func cancel(at now: Instant) {
        engine.cancel(at: now)
        handleEvents(at: now)
    }

    func handleTimeout(at now: Instant) {
        engine.handleTimeout(at: now)
        handleEvents(at: now)
    }

    func receive(_ bytes: [UInt8], at now: Instant) {
        var position = 0
        while position < bytes.count {
            engine.receive(bytes.span, at: &position, now: now)
            handleEvents(at: now)
        }
    }

    func transmit(into bytes: inout [UInt8], at now: Instant) {
        let source = source
        if !engine.hasOutput, let request = engine.dataRequest(at: now) {
            let start = Int(request.offset - self.request.initialOffset)
            let end = min(start + request.count, source.count)
            engine.send(source.span.extracting(start..<end), isLast: end == source.count, at: now)
        }
        engine.transmit(into: &bytes)
    }

    private func handleEvents(at now: Instant) {
        while let event = engine.nextEvent() {
            switch event {
            case .started(let version): self.version = version
            case .data:
                let data = engine.data.array
                stored += data
                engine.confirmStored(at: now)
            case .finished(let failure): outcome = .some(failure)
            case .deviceOutput:
                var bytes: [UInt8] = []
                engine.appendDeviceOutput(to: &bytes)
                deviceOutput.append(bytes)
            case .reopenedStream, .restarted, .slowedDown, .readsAgain, .deviceBusy: break
            }
        }
    }
}
