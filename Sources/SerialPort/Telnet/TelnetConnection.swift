internal import Machine
internal import Synchronization
internal import SystemPackage

/// A connection to a telnet server in front of a serial port, with or without control of the port (RFC 2217).
///
/// It carries bytes as they are: the negotiation with the server is over before the connection is used, and later
/// messages of the server are removed from the data.
package final class TelnetConnection: ByteTransport, ModemLineTransport {
    /// The options of a connection.
    package struct Options: Sendable {
        /// The settings of the serial port; nil for telnet without control of the port.
        package var line: SerialSettings?
        /// Whether the server is asked for the present settings of the port.
        package var queriesLine = false
        /// Whether it does not matter if the server is silent about DTR and RTS.
        package var isControlOptional = false
        /// How long connection and negotiation may take together.
        package var timeout = Duration.seconds(5)
        /// A descriptor that becomes readable when the wait shall end; -1 for none.
        package var stopDescriptor: Int32 = -1
        /// Called for each message of the negotiation, now and later.
        package var observer: (@Sendable (NegotiationStep) -> Void)?

        /// Telnet without control of the port, and without an observer.
        package init() {}
    }

    private struct State {
        var session: TelnetSession
        var encoder = TelnetEncoder()
        /// The bytes to send before any others: answers to the server, and the second half of an escaped byte.
        var pending: [UInt8] = []
        /// The data from before the negotiation was over, if they are kept.
        var early: [UInt8] = []
        var greeting = ServerGreeting()
    }

    /// The name of the endpoint, such as `rfc2217://HOST:PORT`.
    package let name: String

    private let connection: SocketConnection
    private let observer: (@Sendable (NegotiationStep) -> Void)?
    private let state: Mutex<State>

    /// How long to wait for answers that should have come before the last one.
    private static let lateTime = Duration.seconds(1)
    /// The most bytes that are kept of data that arrive early.
    private static let earlyLimit = 1 << 16
    /// The most bytes of answers that may wait; only a server that asks without reading the answers makes more wait.
    private static let pendingLimit = 1 << 16

    /// Connects and negotiates.
    ///
    /// - Parameters:
    ///   - address: the address to connect to.
    ///   - name: the name of the connection in messages.
    ///   - options: the settings of the port, and the limits of the negotiation.
    /// - Throws: `SerialPortError`: `connectionFailed`; `noAnswer` if no telnet server is there; `optionRefused`,
    ///   `settingRefused`, `rateRejected` or `modemLinesUnsupported` if it refuses what is needed; `turnedAway` if it
    ///   closes the connection.
    package init(to address: TCPAddress, name: String, options: Options) throws(SerialPortError) {
        let deadline = MonotonicClock.now + options.timeout
        let connection = try SocketConnection(
            to: address, timeout: options.timeout, stopDescriptor: options.stopDescriptor)
        var state = State(
            session: TelnetSession(
                name: name, line: options.line, queries: options.queriesLine,
                isControlOptional: options.isControlOptional))
        do throws(SerialPortError) {
            try Self.negotiate(over: connection, &state, name, until: deadline, options)
        } catch {
            connection.close()
            throw error
        }
        self.connection = connection
        self.name = name
        observer = options.observer
        self.state = Mutex(state)
    }

    deinit {
        close()
    }

    /// The port at the far end, as its server describes it now; nil without RFC 2217.
    package var line: RemoteLineState? { state.withLock { $0.session.line } }

    /// The descriptor to give to `poll(2)`; -1 once closed.
    package var fileDescriptor: Int32 { connection.fileDescriptor }

    /// Takes data that have arrived. Returns how many bytes were put into `buffer`, 0 if there are none now.
    ///
    /// - Throws: `SerialPortError.disconnected` once the server has closed the connection.
    package func read(into buffer: UnsafeMutableRawBufferPointer) throws(SerialPortError) -> Int {
        try state.withLock { state throws(SerialPortError) in
            if !state.early.isEmpty {
                let count = min(buffer.count, state.early.count)
                buffer.copyBytes(from: state.early.prefix(count))
                state.early.removeFirst(count)
                return count
            }
            return try Self.read(into: buffer, over: connection, &state, name, observer)
        }
    }

    /// Sends data. Returns how many bytes were taken, 0 if there is no room now or the server wants none.
    ///
    /// - Throws: `SerialPortError.disconnected` once the server has closed the connection.
    package func write(_ bytes: UnsafeRawBufferPointer) throws(SerialPortError) -> Int {
        try state.withLock { state throws(SerialPortError) in
            do throws(SerialPortError) {
                try Self.flush(&state.pending, over: connection)
                guard state.pending.isEmpty, !state.session.isSuspended else { return 0 }
                return try state.encoder.send(bytes, owed: &state.pending) { piece throws(SerialPortError) in
                    try connection.write(piece)
                }
            } catch {
                guard case .disconnected = error, !state.greeting.isOver else { throw error.named(name) }
                // What the server said before it closed the connection may not have been read yet.
                var buffer = [UInt8](repeating: 0, count: 4096)
                var count = 1
                while count > 0 {
                    count = try buffer.filling(buffer.count) { room throws(SerialPortError) in
                        try Self.read(into: room, over: connection, &state, name, observer)
                    }
                }
                throw error.named(name)
            }
        }
    }

    /// Whether the server wants no data at the moment. What telnet itself has to say may still wait to be sent.
    package var isSuspended: Bool {
        state.withLock { $0.session.isSuspended && $0.pending.isEmpty }
    }

    /// Makes the server assert or release DTR and RTS of its port, and waits up to a second for its confirmation.
    ///
    /// - Throws: `SerialPortError.modemLinesUnsupported` if the server does not confirm, or controls no port.
    package func setModemLines(dtr: Bool?, rts: Bool?) throws(SerialPortError) {
        let deadline = MonotonicClock.now + Self.lateTime
        try state.withLock { state throws(SerialPortError) in
            guard let isAnswerNeeded = state.session.setLines(dtr: dtr, rts: rts) else {
                throw .modemLinesUnsupported(path: name)
            }
            try Self.answer(over: connection, &state, observer)
            var buffer = [UInt8](repeating: 0, count: 4096)
            while !state.pending.isEmpty || isAnswerNeeded && !state.session.hasSetLines(dtr: dtr, rts: rts) {
                let interest: DescriptorWait.Interest = state.pending.isEmpty ? .read : [.read, .write]
                let isReady = DescriptorWait.isReady(
                    connection.fileDescriptor, for: interest, until: deadline)
                guard isReady || MonotonicClock.now < deadline else {
                    throw .modemLinesUnsupported(path: name)
                }
                guard state.early.count < Self.earlyLimit else { throw .modemLinesUnsupported(path: name) }
                try Self.flush(&state.pending, over: connection)
                let count = try buffer.filling(buffer.count) { bytes throws(SerialPortError) in
                    try Self.read(into: bytes, over: connection, &state, name, observer)
                }
                state.early += buffer.prefix(count)
            }
        }
    }

    /// Closes the connection; the system still delivers what was written. A second call does nothing.
    package func close() {
        connection.close()
    }

    private static func negotiate(
        over connection: SocketConnection, _ state: inout State, _ name: String,
        until deadline: Instant, _ options: Options
    ) throws(SerialPortError) {
        var deadline = deadline
        var isNearlyReady = false
        var buffer = [UInt8](repeating: 0, count: 4096)
        let keepsInput = options.line?.keepsInput ?? true
        try answer(over: connection, &state, options.observer)
        while state.session.phase == .negotiating {
            if state.session.isNearlyReady, !isNearlyReady {
                isNearlyReady = true
                deadline = min(deadline, MonotonicClock.now + lateTime)
            }
            let interest: DescriptorWait.Interest = state.pending.isEmpty ? .read : [.read, .write]
            do throws(Errno) {
                try wait(
                    for: interest, on: connection.fileDescriptor, until: deadline,
                    stopDescriptor: options.stopDescriptor)
            } catch .timedOut {
                state.session.conclude()
                break
            } catch {
                throw .connectionFailed(address: name, reason: error.description)
            }
            let count = try buffer.filling(buffer.count) { bytes throws(SerialPortError) in
                try read(into: bytes, over: connection, &state, name, options.observer)
            }
            if keepsInput { state.early += buffer.prefix(min(count, earlyLimit - state.early.count)) }
        }
        if case .failed(let error) = state.session.phase { throw error }
    }

    /// Takes data that have arrived, and answers the messages among them.
    private static func read(
        into buffer: UnsafeMutableRawBufferPointer, over connection: SocketConnection, _ state: inout State,
        _ name: String, _ observer: (@Sendable (NegotiationStep) -> Void)?
    ) throws(SerialPortError) -> Int {
        let arrived: Int
        do throws(SerialPortError) {
            arrived = try connection.read(into: buffer)
        } catch {
            guard case .disconnected = error, let words = state.greeting.words else {
                throw error.named(name)
            }
            throw .turnedAway(address: name, words: words)
        }
        let count = state.session.receive(UnsafeMutableRawBufferPointer(rebasing: buffer.prefix(arrived)))
        state.greeting.receive(UnsafeRawBufferPointer(rebasing: buffer.prefix(count)))
        do throws(SerialPortError) {
            try answer(over: connection, &state, observer)
        } catch {
            // The server has closed the connection. The data that it sent before come first.
            if count == 0 { throw error.named(name) }
        }
        if count == 0, case .failed(let error) = state.session.phase { throw error }
        return count
    }

    private static func answer(
        over connection: SocketConnection, _ state: inout State,
        _ observer: (@Sendable (NegotiationStep) -> Void)?
    ) throws(SerialPortError) {
        for step in state.session.steps { observer?(step) }
        state.session.steps.removeAll()
        state.pending += state.session.output
        state.session.output.removeAll()
        try flush(&state.pending, over: connection)
        if state.pending.count > pendingLimit { throw .disconnected(path: connection.name) }
    }

    private static func flush(
        _ bytes: inout [UInt8], over connection: SocketConnection
    ) throws(SerialPortError) {
        guard !bytes.isEmpty else { return }
        let count = try bytes.span.withUnsafeBytes { rest throws(SerialPortError) in
            try connection.write(rest)
        }
        bytes.removeFirst(count)
    }
}
