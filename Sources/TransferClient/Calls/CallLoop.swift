package import PigweedRPC
internal import PigweedTransfer
package import SerialPort

/// Makes unary and server-stream calls over a transport, one at a time. Blocks the calling thread.
package struct CallLoop: ~Copyable {
    /// The limits of a call.
    package struct Options {
        /// The silence that counts as no answer.
        package var timeout = Duration.seconds(1)
        /// How often the call is made before silence ends it, 1 or more.
        package var attempts = 2
        /// The longest that all attempts together may take, whatever the device says meanwhile; a minute by default.
        package var deadline = Duration.seconds(60)
        /// The most messages that a stream may have.
        package var messageLimit = 10_000
        /// The most bytes that all messages together may have.
        package var byteLimit = 4 << 20
        /// Ends the call early.
        package var stop: StopRequest?
        /// Called with each output of the device.
        package var deviceOutput: (([UInt8], DeviceOutputPlace) -> Void)?

        /// Two attempts of a second each.
        package init() {}
    }

    private var line: Line
    private var client: RPCClient
    private var sideStream: SideStream?

    /// A loop for an open transport, which it does not close.
    package init(over transport: any ByteTransport, configuration: RPCClient.Configuration) {
        line = Line(over: transport)
        client = RPCClient(configuration: configuration, firstCallID: .random(in: 1...16383))
    }

    /// Takes over the state of the line from an idle engine, or gives it back.
    package mutating func exchangeClient(with engine: inout TransferEngine) {
        engine.exchangeClient(with: &client, &sideStream)
    }

    /// Calls a method and waits for its end.
    ///
    /// A stream in which frames were damaged is called again while attempts are left, since nothing else would show
    /// that messages are missing. So the call should be one that can be made twice.
    package mutating func call(
        _ method: Method, request: [UInt8], options: Options
    ) throws(CallError) -> CallReply {
        let start = MonotonicClock.now
        let end = start + options.deadline
        var traffic = CallError.Line()
        var best: CallReply?
        var unanswered: RPCClient.Call?
        for attempt in 1...max(1, options.attempts) {
            var pending = PendingCall(
                client.open(method, payload: request), attempt: attempt, timeout: options.timeout)
            unanswered = pending.call
            let answer: CallReply?
            do throws(CallError) {
                answer = try complete(&pending, until: end, options, &traffic)
            } catch {
                leave(pending.call)
                throw error
            }
            guard let reply = answer else { continue }
            best = reply
            unanswered = nil
            if !reply.isDamaged { break }
        }
        if let unanswered { leave(unanswered) }
        guard let best else { throw .noAnswer(traffic) }
        return best
    }

    /// Waits for the reply. Returns `nil` after silence for too long.
    private mutating func complete(
        _ pending: inout PendingCall, until end: Instant, _ options: Options, _ traffic: inout CallError.Line
    ) throws(CallError) -> CallReply? {
        while true {
            let now = MonotonicClock.now
            if let signal = options.stop?.signal { throw .interrupted(signal: signal) }
            if now >= end { throw .deadline(options.deadline, messages: pending.messages.count) }
            if now >= pending.silentAt {
                // An answer that arrived while this process could not run is not late.
                if let reply = try receive(until: nil, &pending, options, &traffic) { return reply }
                guard now >= pending.silentAt else { continue }
                // Text that no flag has ended.
                if client.flushText() {
                    traffic.strayBytes += UInt64(client.unframed.count)
                    options.deviceOutput?(client.unframed.array, .betweenFrames)
                }
                return nil
            }
            sideStream?.handleTimeout(on: &client, at: now)
            client.transmit(into: &line.output.bytes)
            let deadline = min(end, pending.silentAt, sideStream?.nextTimeout ?? end)
            if let reply = try receive(until: deadline, &pending, options, &traffic) { return reply }
        }
    }

    /// - Parameter deadline: until when to wait for bytes; `nil` for only those that have arrived.
    private mutating func receive(
        until deadline: Instant?, _ pending: inout PendingCall, _ options: Options,
        _ traffic: inout CallError.Line
    ) throws(CallError) -> CallReply? {
        let count: Int
        do throws(SerialPortError) {
            if let deadline {
                try line.send()
                count = try line.exchange(until: deadline, stop: options.stop)
            } else {
                count = try line.receive()
            }
        } catch {
            throw .link(error)
        }
        guard count > 0 else { return nil }
        return try Self.take(
            line.input, count: count, from: &client, &sideStream, &pending, options, &traffic)
    }

    /// Takes received bytes, and returns the reply, if it came. Bytes behind a reply or a failure are taken as well:
    /// they may be output of the device, or the beginning of a frame.
    private static func take(
        _ bytes: [UInt8], count: Int, from client: inout RPCClient, _ sideStream: inout SideStream?,
        _ pending: inout PendingCall, _ options: Options, _ traffic: inout CallError.Line
    ) throws(CallError) -> CallReply? {
        let input = bytes.span.extracting(0..<count)
        traffic.greeting.receive(input)
        var position = 0
        var reply: CallReply?
        var failure: CallError?
        while let event = client.next(in: input, at: &position) {
            switch event {
            case .message(pending.call):
                traffic.messages += 1
                do throws(CallError) { try pending.take(client.payload, options) } catch {
                    failure = failure ?? error
                }
            case .response(pending.call, let status):
                reply = pending.reply(status, payload: client.payload)
            case .error(pending.call, let status): failure = failure ?? .refused(status)
            case .log: options.deviceOutput?(client.payload.array, .logFrame)
            case .unframed:
                traffic.strayBytes += UInt64(client.unframed.count)
                if event.isDamagedFrame {
                    pending.isDamaged = true
                } else {
                    options.deviceOutput?(client.unframed.array, .betweenFrames)
                }
                continue
            case .message, .response, .error:
                if sideStream?.receive(event, at: MonotonicClock.now) == true {
                    options.deviceOutput?(client.payload.array, .logService)
                }
            case .unrelated: break
            }
            traffic.frames += 1
        }
        if let failure { throw failure }
        return reply
    }

    /// Tells the device that nobody listens any more. If the line is broken, nothing is sent.
    private mutating func leave(_ call: RPCClient.Call) {
        client.cancel(call)
        client.transmit(into: &line.output.bytes)
        line.sendFarewell()
    }
}

/// A call that was made and has no end yet.
struct PendingCall {
    let call: RPCClient.Call
    var isDamaged = false
    private(set) var messages: [[UInt8]] = []
    /// When the attempt gives up, unless the device says something before.
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
        messages.append(message.array)
        silentAt = MonotonicClock.now + timeout
    }

    func reply(_ status: Status, payload: Span<UInt8>) -> CallReply {
        CallReply(
            status: status, payload: payload.array, messages: messages,
            isDamaged: isDamaged, attempt: attempt)
    }
}
