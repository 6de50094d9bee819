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

    /// The name of the endpoint, such as `rfc2217://HOST:PORT`.
    package let name: String

    private let connection: SocketConnection
    private let state: Mutex<TelnetExchange>

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
        var exchange = TelnetExchange(over: connection, name: name, options)
        do throws(SerialPortError) {
            try exchange.negotiate(until: deadline, options)
        } catch {
            connection.close()
            throw error
        }
        self.connection = connection
        self.name = name
        state = Mutex(exchange)
    }

    deinit {
        close()
    }

    /// The port at the far end, as its server describes it now; nil without RFC 2217.
    package var line: RemoteLineState? { state.withLock { $0.session.line } }

    /// The descriptor to give to `poll(2)`; -1 once closed.
    package var fileDescriptor: Int32 { connection.fileDescriptor }

    /// Whether data that arrived during a negotiation wait to be read.
    package var hasBufferedBytes: Bool { state.withLock { !$0.early.isEmpty } }

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
            return try state.read(into: buffer)
        }
    }

    /// Sends data. Returns how many bytes were taken, 0 if there is no room now or the server wants none.
    ///
    /// - Throws: `SerialPortError.disconnected` once the server has closed the connection.
    package func write(_ bytes: UnsafeRawBufferPointer) throws(SerialPortError) -> Int {
        try state.withLock { state throws(SerialPortError) in
            do throws(SerialPortError) {
                try state.flush()
                guard state.pending.isEmpty, !state.session.isSuspended else { return 0 }
                return try state.encoder.send(bytes, owed: &state.pending) { piece throws(SerialPortError) in
                    try connection.write(piece)
                }
            } catch {
                guard case .disconnected = error, !state.greeting.isOver else { throw error.named(name) }
                // What the server said before it closed the connection may not have been read yet.
                while try !state.readPiece().isEmpty {}
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
        let deadline = MonotonicClock.now + TelnetExchange.lateTime
        try state.withLock { state throws(SerialPortError) in
            guard let isAnswerNeeded = state.session.setLines(dtr: dtr, rts: rts) else {
                throw .modemLinesUnsupported(path: name)
            }
            try state.answer()
            while !state.pending.isEmpty || isAnswerNeeded && !state.session.hasSetLines(dtr: dtr, rts: rts) {
                let isReady = DescriptorWait.isReady(
                    connection.fileDescriptor, for: state.interest, until: deadline)
                guard isReady || MonotonicClock.now < deadline,
                    state.early.count < TelnetExchange.earlyLimit
                else { throw .modemLinesUnsupported(path: name) }
                try state.flush()
                let bytes = try state.readPiece()
                state.early += bytes
            }
        }
    }

    /// Closes the connection; the system still delivers what was written. A second call does nothing.
    package func close() {
        connection.close()
    }
}

/// What a ``TelnetConnection`` sends and receives over its socket.
private struct TelnetExchange {
    /// How long to wait for answers that should have come before the last one.
    static let lateTime = Duration.seconds(1)
    /// The most bytes that are kept of data that arrive early.
    static let earlyLimit = 1 << 16
    /// The most bytes of answers that may wait; only a server that asks without reading the answers makes more wait.
    private static let pendingLimit = 1 << 16

    private let connection: SocketConnection
    private let name: String
    private let observer: (@Sendable (NegotiationStep) -> Void)?

    var session: TelnetSession
    var encoder = TelnetEncoder()
    /// The bytes to send before any others: answers to the server, and the second half of an escaped byte.
    var pending: [UInt8] = []
    /// The data that arrived during a negotiation and were not read yet.
    var early: [UInt8] = []
    private(set) var greeting = ServerGreeting()

    init(over connection: SocketConnection, name: String, _ options: TelnetConnection.Options) {
        self.connection = connection
        self.name = name
        observer = options.observer
        session = TelnetSession(
            name: name, line: options.line, queries: options.queriesLine,
            isControlOptional: options.isControlOptional)
    }

    /// What to wait for on the socket.
    var interest: DescriptorWait.Interest { pending.isEmpty ? .read : [.read, .write] }

    /// Exchanges messages until the session is ready.
    mutating func negotiate(
        until end: Instant, _ options: TelnetConnection.Options
    ) throws(SerialPortError) {
        var deadline = end
        var isNearlyReady = false
        let keepsInput = options.line?.keepsInput ?? true
        try answer()
        while session.phase == .negotiating {
            if session.isNearlyReady, !isNearlyReady {
                isNearlyReady = true
                deadline = min(deadline, MonotonicClock.now + Self.lateTime)
            }
            do throws(Errno) {
                try wait(
                    for: interest, on: connection.fileDescriptor, until: deadline,
                    stopDescriptor: options.stopDescriptor)
            } catch .timedOut {
                session.conclude()
                break
            } catch {
                throw .connectionFailed(address: name, reason: error.description)
            }
            let bytes = try readPiece()
            if keepsInput { early += bytes.prefix(Self.earlyLimit - early.count) }
        }
        if case .failed(let error) = session.phase { throw error }
    }

    /// Takes data that have arrived, 4 KiB at most.
    mutating func readPiece() throws(SerialPortError) -> ArraySlice<UInt8> {
        var buffer = [UInt8](repeating: 0, count: 4096)
        let count = try buffer.filling(buffer.count) { room throws(SerialPortError) in
            try read(into: room)
        }
        return buffer.prefix(count)
    }

    /// Takes data that have arrived, and answers the messages among them.
    mutating func read(into buffer: UnsafeMutableRawBufferPointer) throws(SerialPortError) -> Int {
        let arrived: Int
        do throws(SerialPortError) {
            arrived = try connection.read(into: buffer)
        } catch {
            guard case .disconnected = error, let words = greeting.words else {
                throw error.named(name)
            }
            throw .turnedAway(address: name, words: words)
        }
        let count = session.receive(UnsafeMutableRawBufferPointer(rebasing: buffer.prefix(arrived)))
        greeting.receive(UnsafeRawBufferPointer(rebasing: buffer.prefix(count)))
        do throws(SerialPortError) {
            try answer()
        } catch {
            // If the server has closed the connection, the data that it sent before come first. A server that reads no
            // answer gets no more attention.
            if count == 0 || pending.count > Self.pendingLimit { throw error.named(name) }
        }
        if count == 0, case .failed(let error) = session.phase { throw error }
        return count
    }

    /// Reports what the session has sent and received, and sends its answers.
    mutating func answer() throws(SerialPortError) {
        for step in session.steps { observer?(step) }
        session.steps.removeAll()
        pending += session.output
        session.output.removeAll()
        try flush()
        if pending.count > Self.pendingLimit { throw .disconnected(path: connection.name) }
    }

    /// Sends the bytes that wait, as far as the socket takes them.
    mutating func flush() throws(SerialPortError) {
        guard !pending.isEmpty else { return }
        let count = try pending.span.withUnsafeBytes { rest throws(SerialPortError) in
            try connection.write(rest)
        }
        pending.removeFirst(count)
    }
}
