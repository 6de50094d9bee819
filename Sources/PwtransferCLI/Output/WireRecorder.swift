internal import Glibc
internal import PigweedRPC
internal import PigweedTransfer
internal import SerialPort
internal import Synchronization
internal import TransferClient
internal import WireCapture

/// Records what goes over a line: decoded for `--trace`, as it is for `--capture`.
///
/// A file that cannot be written any more does not end the transfer; it is told at once and counts at the end.
final class WireRecorder: Sendable {
    /// Where decoded frames go.
    enum Trace {
        case console
        case file(RecordFile)
    }

    private struct State: ~Copyable {
        var trace: Trace?
        var captureFile: RecordFile?
        var decoder: WireDecoder
        var jsonLines = JSONLinesWriter()
        var pcapng: PcapngWriter?
        var failure: FileError?
        var isFinished = false
        var hasHeader = false
    }

    private let output: Output
    /// To the microsecond, as JSON lines have it, so that a trace and a decoded capture have the same times.
    private let start: Instant
    private let started: Instant
    private let state: Mutex<State>

    init(
        telling output: Output, trace: Trace?, capture: RecordFile?, _ rpc: RPCClient.Configuration
    ) {
        self.output = output
        start = MonotonicClock.now
        started = Self.wallClock
        var configuration = WireDecoder.Configuration()
        configuration.address = rpc.address
        configuration.maximumFrameContent = rpc.maximumFrameContent
        let isPcapng = capture?.path.lowercased().hasSuffix(".pcapng") == true
        state = Mutex(
            State(
                trace: trace, captureFile: capture, decoder: WireDecoder(configuration),
                pcapng: isPcapng ? PcapngWriter(started: started) : nil))
    }

    /// The same transport, with everything on it recorded. The header of the capture names the first one.
    func tap(_ transport: any ByteTransport) -> any ByteTransport {
        state.withLock { state in
            guard !state.hasHeader, let file = state.captureFile else { return }
            state.hasHeader = true
            let header =
                state.pcapng?.header(
                    port: transport.name, application: "\(Program.name) \(Program.version)")
                ?? state.jsonLines.header(port: transport.name, started: started)
            write(header, to: file, &state)
        }
        return WireTap(transport, recorder: self)
    }

    /// Why a file is not complete, if one is not.
    var problem: Problem? {
        guard let failure = state.withLock({ $0.failure }) else { return nil }
        var problem = Problem(failure)
        problem.message += "; the recording is not complete, all else succeeded"
        return problem
    }

    fileprivate func record(_ bytes: Span<UInt8>, _ direction: WireDirection) {
        let time = now
        let event = WireBytes(time: time, direction: direction, bytes: bytes.indices.map { bytes[$0] })
        state.withLock { state in
            if let file = state.captureFile {
                let record =
                    state.pcapng?.record(event.bytes.span, direction, at: time)
                    ?? state.jsonLines.record(event.bytes.span, direction, at: time)
                write(record, to: file, &state)
            }
            guard state.trace != nil else { return }
            var items: [WireItem] = []
            state.decoder.receive(event, into: &items)
            tell(items, &state)
        }
    }

    fileprivate func finish() {
        let time = now
        state.withLock { state in
            guard !state.isFinished else { return }
            state.isFinished = true
            if let file = state.captureFile, let rest = state.pcapng?.finish(at: time) {
                write(rest, to: file, &state)
            }
            guard state.trace != nil else { return }
            var items: [WireItem] = []
            state.decoder.finish(into: &items)
            tell(items, &state)
        }
    }

    private var now: Instant {
        let elapsed = (MonotonicClock.now - start).saturatedNanoseconds
        return Instant(nanoseconds: elapsed / 1000 * 1000)
    }

    private func tell(_ items: [WireItem], _ state: inout State) {
        guard !items.isEmpty else { return }
        switch state.trace {
        case nil: break
        case .file(let file):
            write(Array(items.map { $0.line + "\n" }.joined().utf8), to: file, &state)
        case .console:
            for item in items {
                if output.isJSON {
                    output.emit(WireRecord(item))
                } else {
                    output.tell(.trace(item.line))
                }
            }
        }
    }

    private func write(_ bytes: [UInt8], to file: RecordFile, _ state: inout State) {
        guard !bytes.isEmpty else { return }
        do throws(FileError) { try file.append(bytes) } catch {
            state.failure = state.failure ?? error
            if state.captureFile === file { state.captureFile = nil }
            if case .file(let traceFile) = state.trace, traceFile === file { state.trace = nil }
            output.tell(.note(.recordingFailed, "note: \(error); it goes on without"))
        }
    }

    /// The wall clock since 1970, to the microsecond.
    private static var wallClock: Instant {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        let microseconds = Int64(time.tv_sec) * 1_000_000 + Int64(time.tv_nsec) / 1000
        return Instant(nanoseconds: microseconds * 1000)
    }
}

extension WireRecord: JSONEvent {}

/// A transport that tells a recorder what it carries.
private final class WireTap: ByteTransport {
    private let transport: any ByteTransport
    private let recorder: WireRecorder

    init(_ transport: any ByteTransport, recorder: WireRecorder) {
        self.transport = transport
        self.recorder = recorder
    }

    var name: String { transport.name }
    var fileDescriptor: Int32 { transport.fileDescriptor }

    func read(into buffer: UnsafeMutableRawBufferPointer) throws(SerialPortError) -> Int {
        let count = try transport.read(into: buffer)
        if count > 0 { record(UnsafeRawBufferPointer(buffer), count, .toHost) }
        return count
    }

    func write(_ bytes: UnsafeRawBufferPointer) throws(SerialPortError) -> Int {
        let count = try transport.write(bytes)
        if count > 0 { record(bytes, count, .toDevice) }
        return count
    }

    func close() {
        transport.close()
        recorder.finish()
    }

    private func record(_ bytes: UnsafeRawBufferPointer, _ count: Int, _ direction: WireDirection) {
        let bytes = UnsafeRawBufferPointer(rebasing: bytes.prefix(count))
        bytes.withMemoryRebound(to: UInt8.self) { recorder.record($0.span, direction) }
    }
}
