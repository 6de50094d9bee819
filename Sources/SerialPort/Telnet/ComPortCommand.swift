/// A message about the serial port at the far end (RFC 2217), from either side.
enum ComPortCommand: Hashable, Sendable {
    case signature([UInt8])
    /// Bits per second; 0 asks for the present rate.
    case baudRate(UInt32)
    case dataSize(UInt8)
    case parity(UInt8)
    case stopSize(UInt8)
    case control(ComPortControl)
    case lineState(RemoteLineErrors)
    case modemState(UInt8)
    case suspend
    case resume
    case lineStateMask(UInt8)
    case modemStateMask(UInt8)
    case purge(UInt8)

    /// The values of the commands for parity and stop bits: no parity, and one stop bit.
    static let none: UInt8 = 1
    static let oneStopBit: UInt8 = 1
    /// The value that clears the bytes that the server has received and not sent on.
    static let receiveBuffer: UInt8 = 1
    /// The number that the server adds to the number of a command.
    private static let serverOffset: UInt8 = 100

    /// The bytes that a client sends, without the frame of telnet.
    var content: [UInt8] {
        switch self {
        case .signature(let text): [0] + text
        case .baudRate(let rate): [1] + (0..<4).map { UInt8(truncatingIfNeeded: rate >> (24 - 8 * $0)) }
        case .dataSize(let size): [2, size]
        case .parity(let parity): [3, parity]
        case .stopSize(let size): [4, size]
        case .control(let control): [5, control.rawValue]
        case .lineState(let state): [6, state.rawValue]
        case .modemState(let state): [7, state]
        case .suspend: [8]
        case .resume: [9]
        case .lineStateMask(let mask): [10, mask]
        case .modemStateMask(let mask): [11, mask]
        case .purge(let buffer): [12, buffer]
        }
    }

    /// A message from a server's bytes; `nil` if they make no sense.
    init?(fromServer content: [UInt8]) {
        guard let code = content.first, code >= Self.serverOffset else { return nil }
        let values = content.dropFirst()
        switch (code - Self.serverOffset, values.first) {
        case (0, _): self = .signature(Array(values))
        case (1, _) where values.count >= 4:
            self = .baudRate(values.prefix(4).reduce(0) { $0 << 8 | UInt32($1) })
        case (2, let size?): self = .dataSize(size)
        case (3, let parity?): self = .parity(parity)
        case (4, let size?): self = .stopSize(size)
        case (5, let value?): self = .control(ComPortControl(rawValue: value))
        case (6, let state?): self = .lineState(RemoteLineErrors(rawValue: state))
        case (7, let state?): self = .modemState(state)
        case (8, _): self = .suspend
        case (9, _): self = .resume
        case (10, let mask?): self = .lineStateMask(mask)
        case (11, let mask?): self = .modemStateMask(mask)
        case (12, let buffer?): self = .purge(buffer)
        default: return nil
        }
    }
}

/// The values of SET-CONTROL.
struct ComPortControl: RawRepresentable, Hashable, Sendable {
    let rawValue: UInt8

    static let flowNone = ComPortControl(rawValue: 1)
    static let flowRtsCts = ComPortControl(rawValue: 3)
    static let dtrQuery = ComPortControl(rawValue: 7)
    static let dtrOn = ComPortControl(rawValue: 8)
    static let dtrOff = ComPortControl(rawValue: 9)
    static let rtsQuery = ComPortControl(rawValue: 10)
    static let rtsOn = ComPortControl(rawValue: 11)
    static let rtsOff = ComPortControl(rawValue: 12)

    /// The setting that a value is about.
    enum Subject: Hashable, Sendable {
        case flowControl, dtr, rts, other
    }

    var subject: Subject {
        switch rawValue {
        case 0...3, 17...19: .flowControl
        case 7...9: .dtr
        case 10...12: .rts
        default: .other
        }
    }
}

extension ComPortCommand: CustomStringConvertible {
    var description: String {
        switch self {
        case .signature(let text):
            "SIGNATURE \"\(DeviceText.visible(String(decoding: text, as: UTF8.self)))\""
        case .baudRate(let rate): rate == 0 ? "SET-BAUDRATE ?" : "SET-BAUDRATE \(rate)"
        case .dataSize(let size): "SET-DATASIZE \(size)"
        case .parity(let parity): "SET-PARITY \(parity == Self.none ? "NONE" : "\(parity)")"
        case .stopSize(let size): "SET-STOPSIZE \(size)"
        case .control(let control): "SET-CONTROL \(control)"
        case .lineState(let state): "NOTIFY-LINESTATE \(state.rawValue)"
        case .modemState(let state): "NOTIFY-MODEMSTATE \(RemoteModemLines(modemState: state))"
        case .suspend: "FLOWCONTROL-SUSPEND"
        case .resume: "FLOWCONTROL-RESUME"
        case .lineStateMask(let mask): "SET-LINESTATE-MASK \(mask)"
        case .modemStateMask(let mask): "SET-MODEMSTATE-MASK \(mask)"
        case .purge(let buffer): "PURGE-DATA \(buffer)"
        }
    }
}

extension ComPortControl: CustomStringConvertible {
    var description: String {
        switch self {
        case .flowNone: "FLOW-NONE"
        case .flowRtsCts: "FLOW-RTS-CTS"
        case .dtrQuery: "DTR ?"
        case .dtrOn: "DTR ON"
        case .dtrOff: "DTR OFF"
        case .rtsQuery: "RTS ?"
        case .rtsOn: "RTS ON"
        case .rtsOff: "RTS OFF"
        default: "\(rawValue)"
        }
    }
}
