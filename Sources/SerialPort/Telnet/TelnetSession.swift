/// The client's side of a telnet connection that carries bytes as they are, with or without the control of a serial
/// port (RFC 2217). Bytes go in and come out; the session has no socket and no clock.
package struct TelnetSession: Sendable {
    /// How far the negotiation is.
    package enum Phase: Hashable, Sendable {
        case negotiating
        /// Data go both ways.
        case ready
        case failed(SerialPortError)
    }

    private let name: String
    private var decoder = TelnetDecoder()
    private var options = TelnetOptions()
    private var comPort: ComPortClient?
    private var hasBegun = false

    package private(set) var phase = Phase.negotiating

    /// The bytes to send before any data. The caller removes them when they are sent.
    package var output: [UInt8] = []

    /// The messages that were sent and received. The caller removes them when it has reported them.
    package var steps: [NegotiationStep] = []

    /// Whether the other side has sent anything of telnet.
    package private(set) var hasHeardTelnet = false

    /// A session over a new connection.
    ///
    /// - Parameters:
    ///   - name: the name of the connection in errors.
    ///   - line: the settings of the serial port; nil for telnet without control of the port.
    ///   - queries: whether to ask for the present settings of the port.
    ///   - isControlOptional: whether a server may be silent about DTR and RTS.
    package init(name: String, line: SerialSettings?, queries: Bool = false, isControlOptional: Bool = false)
    {
        self.name = name
        comPort = line.map {
            ComPortClient(
                name: name, settings: $0, queries: queries, isControlOptional: isControlOptional)
        }
        say(options.offer(.binary), .binary)
        say(options.request(.binary), .binary)
        say(options.request(.suppressGoAhead), .suppressGoAhead)
        if line != nil { say(options.offer(.comPort), .comPort) }
    }

    /// The port at the far end; nil without RFC 2217.
    package var line: RemoteLineState? { comPort?.state }

    /// Whether the server wants no data at the moment.
    package var isSuspended: Bool { comPort?.isSuspended ?? false }

    /// Whether the answer about the rate has arrived, after which no other answer is expected.
    package var isNearlyReady: Bool { hasBegun && comPort?.isNearlySettled ?? false }

    /// Takes received bytes, and leaves their data at the start of the same memory.
    ///
    /// - Returns: how many bytes of data there are.
    package mutating func receive(_ bytes: UnsafeMutableRawBufferPointer) -> Int {
        var events: [TelnetDecoder.Event] = []
        let count = decoder.decode(bytes) { events.append($0) }
        for event in events { handle(event) }
        return count
    }

    /// Ends the wait for answers. A missing answer that matters is a failure.
    package mutating func conclude() {
        guard phase == .negotiating else { return }
        guard hasHeardTelnet else { return fail(.noAnswer(address: name)) }
        for option in [TelnetOption.binary] + (comPort == nil ? [] : [.comPort]) where !isOn(option) {
            return fail(.optionRefused(address: name, option: "\(option)"))
        }
        do throws(SerialPortError) {
            try comPort?.conclude()
            phase = .ready
        } catch {
            fail(error)
        }
    }

    private func isOn(_ option: TelnetOption) -> Bool {
        options.isOurs(option) && (option != .binary || options.isTheirs(option))
    }

    private mutating func handle(_ event: TelnetDecoder.Event) {
        hasHeardTelnet = true
        switch event {
        case .option(let verb, let option):
            steps.append(.received("\(verb) \(option)"))
            if let answer = options.answer(verb, option) { say(answer, option) }
            let isRefusal =
                option == .binary && (verb == .wont || verb == .dont)
                || option == .comPort && verb == .dont && comPort != nil
            if isRefusal { fail(.optionRefused(address: name, option: "\(option)")) }
            if verb == .do, option == .comPort { beginControl() }
        case .subnegotiation(.comPort, let content):
            guard let command = ComPortCommand(fromServer: content) else {
                steps.append(.received("\(TelnetOption.comPort) \(content)"))
                return
            }
            steps.append(.received("\(command)"))
            do throws(SerialPortError) { try comPort?.receive(command) } catch { fail(error) }
        case .subnegotiation(let option, let content):
            steps.append(.received("\(option), \(content.count) bytes"))
        }
        if phase == .negotiating, isOn(.binary), comPort == nil || hasBegun && comPort?.isSettled == true {
            phase = .ready
        }
    }

    private mutating func beginControl() {
        guard !hasBegun, let commands = comPort?.begin() else { return }
        hasBegun = true
        say(commands)
    }

    /// Asks the server to change DTR and RTS; a line that is `nil` stays as it is.
    ///
    /// - Returns: whether the server's answers matter; `nil` if it does not control a serial port.
    package mutating func setLines(dtr: Bool?, rts: Bool?) -> Bool? {
        guard phase == .ready, let commands = comPort?.setLines(dtr: dtr, rts: rts) else { return nil }
        say(commands)
        return comPort?.isControlOptional == false
    }

    /// Whether the server has confirmed these states of the lines; `nil` needs no confirmation.
    package func hasSetLines(dtr: Bool?, rts: Bool?) -> Bool {
        (dtr == nil || line?.dtr == dtr) && (rts == nil || line?.rts == rts)
    }

    private mutating func say(_ commands: [ComPortCommand]) {
        let mark = TelnetCommand.interpretAsCommand
        for command in commands {
            steps.append(.sent("\(command)"))
            output += [mark, TelnetCommand.subnegotiation, TelnetOption.comPort.rawValue]
            for byte in command.content { output += byte == mark ? [mark, mark] : [byte] }
            output += [mark, TelnetCommand.subnegotiationEnd]
        }
    }

    private mutating func say(_ verb: TelnetVerb, _ option: TelnetOption) {
        steps.append(.sent("\(verb) \(option)"))
        output += [TelnetCommand.interpretAsCommand, verb.rawValue, option.rawValue]
    }

    /// Ends the session with a failure; later failures are ignored.
    private mutating func fail(_ error: SerialPortError) {
        if case .failed = phase { return }
        phase = .failed(error)
    }
}

/// A message of telnet that was sent or received on a connection.
package enum NegotiationStep: Hashable, Sendable {
    /// A message from this side.
    case sent(String)
    /// A message from the server.
    case received(String)
}

extension NegotiationStep: CustomStringConvertible {
    /// The direction and the message, such as `sent DO BINARY`.
    package var description: String {
        switch self {
        case .sent(let text): "sent \(text)"
        case .received(let text): "received \(text)"
        }
    }
}
