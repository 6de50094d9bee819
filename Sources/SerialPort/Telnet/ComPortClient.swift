/// Sets the serial port at the far end (RFC 2217), and remembers its state as the server reports it.
///
/// The server answers each command with the value that it has set. The client waits for the answers that matter for the
/// line. The answer about the rate comes last, since a server takes commands in their order. Not every server answers
/// the commands that do not matter.
struct ComPortClient: Sendable {
    private enum Subject: Hashable {
        case baudRate, dataSize, parity, stopSize
        case control(ComPortControl.Subject)

        var name: String {
            switch self {
            case .baudRate: "the rate"
            case .dataSize: "8 data bits"
            case .parity: "no parity"
            case .stopSize: "1 stop bit"
            case .control(.flowControl): "the flow control"
            case .control(.dtr): "DTR"
            case .control(.rts): "RTS"
            case .control(.other): "the line"
            }
        }
    }

    private let name: String
    private let settings: SerialSettings
    private let queries: Bool
    /// Whether DTR and RTS count as set even if the server does not answer.
    let isControlOptional: Bool
    private var awaited: Set<Subject> = []
    private var answersToQuery = 0

    private(set) var state: RemoteLineState
    /// Whether the server wants no data at the moment.
    private(set) var isSuspended = false

    /// - Parameters:
    ///   - name: the name of the connection in errors.
    ///   - settings: the settings to make.
    ///   - queries: whether to ask for the present settings first.
    ///   - isControlOptional: whether it does not matter if the server is silent about DTR and RTS.
    init(name: String, settings: SerialSettings, queries: Bool, isControlOptional: Bool) {
        self.name = name
        self.settings = settings
        self.queries = queries
        self.isControlOptional = isControlOptional
        state = RemoteLineState(baudRate: settings.baudRate)
    }

    /// Whether all answers that matter have arrived.
    var isSettled: Bool { awaited.isEmpty }

    /// Whether the answer about the rate has arrived, after which no other answer is expected.
    var isNearlySettled: Bool { !awaited.contains(.baudRate) }

    /// The commands that set the port.
    mutating func begin() -> [ComPortCommand] {
        var commands: [ComPortCommand] = []
        if queries {
            commands += [.baudRate(0), .control(.dtrQuery), .control(.rtsQuery)]
            answersToQuery = 1
        }
        commands += [
            .modemStateMask(0xFF), .lineStateMask(RemoteLineErrors.all.rawValue),
            .dataSize(8), .parity(ComPortCommand.none), .stopSize(ComPortCommand.oneStopBit),
            .control(flowControl),
        ]
        awaited = [.dataSize, .parity, .stopSize, .baudRate]
        if settings.flowControl != .none { awaited.insert(.control(.flowControl)) }
        commands += setLines(dtr: settings.dtr, rts: settings.rts)
        if settings.dtr != nil, !isControlOptional { awaited.insert(.control(.dtr)) }
        if settings.rts != nil, !isControlOptional { awaited.insert(.control(.rts)) }
        if !settings.keepsInput { commands.append(.purge(ComPortCommand.receiveBuffer)) }
        return commands + [.baudRate(settings.baudRate)]
    }

    private var flowControl: ComPortControl {
        switch settings.flowControl {
        case .none: .flowNone
        case .rtsCts: .flowRtsCts
        }
    }

    /// The commands that change DTR and RTS; a line that is `nil` stays as it is. The answers are in ``state``.
    mutating func setLines(dtr: Bool?, rts: Bool?) -> [ComPortCommand] {
        var commands: [ComPortCommand] = []
        if let dtr {
            commands.append(.control(dtr ? .dtrOn : .dtrOff))
            state.dtr = nil
        }
        if let rts {
            commands.append(.control(rts ? .rtsOn : .rtsOff))
            state.rts = nil
        }
        return commands
    }

    /// Takes a message of the server.
    ///
    /// - Throws: an error if the server did not make a setting that matters.
    mutating func receive(_ command: ComPortCommand) throws(SerialPortError) {
        switch command {
        case .baudRate(let rate): try takeRate(rate)
        case .dataSize(let size): try expect(.dataSize, size == 8)
        case .parity(let parity): try expect(.parity, parity == ComPortCommand.none)
        case .stopSize(let size): try expect(.stopSize, size == ComPortCommand.oneStopBit)
        case .control(let control): try takeControl(control)
        case .lineState(let errors): state.errors.formUnion(errors.intersection(.all))
        case .modemState(let lines): state.modemLines = RemoteModemLines(modemState: lines)
        case .suspend: isSuspended = true
        case .resume: isSuspended = false
        case .signature, .lineStateMask, .modemStateMask, .purge: break
        }
    }

    /// Ends the wait for answers.
    ///
    /// - Throws: an error if an answer that matters is missing.
    mutating func conclude() throws(SerialPortError) {
        // The server may not answer queries. Then its only answer about the rate is the answer to the command.
        if answersToQuery == 0, queries, awaited == [.baudRate], let rate = state.foundBaudRate {
            state.foundBaudRate = nil
            try takeRate(rate)
        }
        guard let missing = awaited.min(by: { $0.name < $1.name }) else { return }
        switch missing {
        case .control(.dtr), .control(.rts): throw .modemLinesUnsupported(path: name)
        default: throw .settingRefused(path: name, setting: missing.name)
        }
    }

    private mutating func takeRate(_ rate: UInt32) throws(SerialPortError) {
        if answersToQuery > 0 {
            answersToQuery -= 1
            state.foundBaudRate = rate
            return
        }
        state.baudRate = rate
        guard awaited.remove(.baudRate) != nil, !SerialSettings.isNear(rate, settings.baudRate) else {
            return
        }
        throw .rateRejected(path: name, requested: settings.baudRate, actual: rate)
    }

    private mutating func takeControl(_ control: ComPortControl) throws(SerialPortError) {
        switch control.subject {
        // The answer to a query may come first, and differ.
        case .dtr:
            state.dtr = control == .dtrOn
            if control == (settings.dtr == true ? .dtrOn : .dtrOff) { awaited.remove(.control(.dtr)) }
        case .rts:
            state.rts = control == .rtsOn
            if control == (settings.rts == true ? .rtsOn : .rtsOff) { awaited.remove(.control(.rts)) }
        case .flowControl:
            if settings.flowControl == .none {
                let setting = "no flow control (\(control))"
                if control != .flowNone, !state.notGranted.contains(setting) {
                    state.notGranted.append(setting)
                }
            } else {
                try expect(.control(.flowControl), control == flowControl)
            }
        case .other: break
        }
    }

    private mutating func expect(_ subject: Subject, _ isGranted: Bool) throws(SerialPortError) {
        guard awaited.remove(subject) != nil, !isGranted else { return }
        throw .settingRefused(path: name, setting: subject.name)
    }
}
