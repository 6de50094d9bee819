public import PigweedRPC
internal import PigweedTransfer
public import SerialPort

/// Makes unary and server-stream calls over a transport, one at a time. Blocks the calling thread.
public struct CallLoop: ~Copyable {
    /// What bounds a call.
    public struct Options {
        /// Silence that counts as no answer.
        public var timeout = Duration.seconds(1)
        /// How often the call is made before silence ends it, 1 or more.
        public var attempts = 2
        /// The longest that everything may take, whatever the device says meanwhile; a minute, if nothing else is set.
        public var deadline = Duration.seconds(60)
        /// The most messages of a stream that are taken.
        public var messageLimit = 10_000
        /// The most bytes of all messages that are taken.
        public var byteLimit = 4 << 20
        /// Ends the call early.
        public var stop: StopRequest?
        /// Is given what the device prints.
        public var deviceOutput: ((Span<UInt8>) -> Void)?

        /// Two attempts of a second each.
        public init() {}
    }

    private enum Slot {
        static let transport = 0
        static let stop = 1
        static let count = 2
    }

    private static let readSize = 1 << 14
    /// How long the last frame may take to leave.
    private static let farewellTimeout = Duration.milliseconds(500)

    private let transport: any ByteTransport
    private var client: RPCClient
    private var wait = DescriptorWait(count: Slot.count)
    private var input = [UInt8](repeating: 0, count: readSize)
    private var output = OutputBuffer()

    /// A loop for an open transport, which it does not close.
    public init(over transport: any ByteTransport, configuration: RPCClient.Configuration) {
        self.transport = transport
        client = RPCClient(configuration: configuration, firstCallID: .random(in: 1...16383))
    }

    /// Calls a method and waits for its end.
    ///
    /// A stream in which frames were damaged is called again while attempts are left, since nothing else would tell
    /// that messages are missing; so the call should be one that can be made twice.
    public mutating func call(
        _ method: Method, request: [UInt8], options: Options
    ) throws(CallError) -> CallReply {
        let start = MonotonicClock.now
        let end = start + options.deadline
        var line = CallError.Line()
        var best: CallReply?
        var unanswered: RPCClient.Call?
        for attempt in 1...max(1, options.attempts) {
            var pending = PendingCall(
                client.open(method, payload: request), attempt: attempt, timeout: options.timeout)
            unanswered = pending.call
            let outcome: PendingCall.Outcome
            do throws(CallError) {
                outcome = try complete(&pending, until: end, options, &line)
            } catch {
                leave(pending.call)
                throw error
            }
            guard case .reply(let reply) = outcome else { continue }
            best = reply
            unanswered = nil
            if !reply.isDamaged { break }
        }
        if let unanswered { leave(unanswered) }
        guard let best else { throw .noAnswer(line) }
        return best
    }

    /// Until there is a reply, or silence for too long.
    private mutating func complete(
        _ pending: inout PendingCall, until end: Instant, _ options: Options, _ line: inout CallError.Line
    ) throws(CallError) -> PendingCall.Outcome {
        while true {
            let now = MonotonicClock.now
            if let signal = options.stop?.signal { throw .interrupted(signal: signal) }
            if now >= end { throw .deadline(options.deadline, messages: pending.messages.count) }
            if now >= pending.silentAt {
                // An answer that arrived while this process could not run is not late.
                if let outcome = try receive(&pending, options, &line) { return outcome }
                guard now >= pending.silentAt else { continue }
                flushText(options, &line)
                return .silence
            }
            client.transmit(into: &output.bytes)
            try send()
            wait.set(Slot.transport, transport.fileDescriptor, output.isEmpty ? .read : [.read, .write])
            wait.set(Slot.stop, options.stop?.descriptor ?? -1, options.stop == nil ? [] : .read)
            wait.wait(until: min(end, pending.silentAt))
            guard wait.isReady(Slot.transport, for: .read) else { continue }
            if let outcome = try receive(&pending, options, &line) { return outcome }
        }
    }

    private mutating func receive(
        _ pending: inout PendingCall, _ options: Options, _ line: inout CallError.Line
    ) throws(CallError) -> PendingCall.Outcome? {
        let count: Int
        do throws(SerialPortError) { count = try transport.read(into: &input) } catch { throw .link(error) }
        return try Self.take(input, count: count, from: &client, &pending, options, &line)
    }

    /// Takes account of text that no flag has ended.
    private mutating func flushText(_ options: Options, _ line: inout CallError.Line) {
        guard client.flushText() else { return }
        line.strayBytes += UInt64(client.unframed.count)
        options.deviceOutput?(client.unframed)
    }

    /// What the bytes say of the call; those behind its end count as well, for the line and for the next call.
    private static func take(
        _ bytes: [UInt8], count: Int, from client: inout RPCClient, _ pending: inout PendingCall,
        _ options: Options, _ line: inout CallError.Line
    ) throws(CallError) -> PendingCall.Outcome? {
        let input = bytes.span.extracting(0..<count)
        line.greeting.receive(input)
        var position = 0
        var outcome: PendingCall.Outcome?
        while let event = client.next(in: input, at: &position) {
            switch event {
            case .message(pending.call):
                line.messages += 1
                try pending.take(client.payload, options)
            case .response(pending.call, let status):
                outcome = .reply(pending.reply(status, payload: client.payload))
            case .error(pending.call, let status): throw .refused(status)
            case .log: options.deviceOutput?(client.payload)
            case .unframed:
                line.strayBytes += UInt64(client.unframed.count)
                if event.isDamagedFrame {
                    pending.isDamaged = true
                } else {
                    options.deviceOutput?(client.unframed)
                }
                continue
            case .message, .response, .error, .unrelated: break
            }
            line.frames += 1
        }
        return outcome
    }

    private mutating func send() throws(CallError) {
        do throws(SerialPortError) { try output.write(to: transport) } catch { throw .link(error) }
    }

    /// Tells the device that nobody listens any more. A line that is broken is told nothing.
    private mutating func leave(_ call: RPCClient.Call) {
        client.cancel(call)
        client.transmit(into: &output.bytes)
        let end = MonotonicClock.now + Self.farewellTimeout
        wait.set(Slot.stop, -1, [])
        do throws(SerialPortError) {
            try output.write(to: transport)
            while !output.isEmpty, MonotonicClock.now < end {
                wait.set(Slot.transport, transport.fileDescriptor, .write)
                wait.wait(until: end)
                try output.write(to: transport)
            }
        } catch {
            output.removeAll()
        }
    }
}

/// A call that was made and has no end yet.
struct PendingCall {
    enum Outcome {
        case reply(CallReply)
        case silence
    }

    let call: RPCClient.Call
    var isDamaged = false
    private(set) var messages: [[UInt8]] = []
    /// When silence has lasted for too long.
    private(set) var silentAt: Instant

    private let attempt: Int
    private let timeout: Duration
    private var byteCount = 0

    init(_ call: RPCClient.Call, attempt: Int, timeout: Duration) {
        self.call = call
        self.attempt = attempt
        self.timeout = timeout
        silentAt = MonotonicClock.now + timeout
    }

    mutating func take(_ message: Span<UInt8>, _ options: CallLoop.Options) throws(CallError) {
        byteCount += message.count
        guard messages.count < options.messageLimit, byteCount <= options.byteLimit else {
            throw .endless(messages: messages.count)
        }
        messages.append(message.withUnsafeBufferPointer { Array($0) })
        silentAt = MonotonicClock.now + timeout
    }

    func reply(_ status: Status, payload: Span<UInt8>) -> CallReply {
        CallReply(
            status: status, payload: payload.withUnsafeBufferPointer { Array($0) }, messages: messages,
            isDamaged: isDamaged, attempt: attempt)
    }
}
