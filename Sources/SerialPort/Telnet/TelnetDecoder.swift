internal import CLibrary

/// Separates the data of a telnet connection from its commands.
struct TelnetDecoder: Sendable {
    enum Event: Hashable, Sendable {
        case option(TelnetVerb, TelnetOption)
        /// A message about an option, of at most ``TelnetDecoder/subnegotiationLimit`` bytes.
        case subnegotiation(TelnetOption, [UInt8])
    }

    private enum State {
        case data
        case command
        case option(TelnetVerb)
        case subnegotiationOption
        case subnegotiation
        case subnegotiationCommand
    }

    /// The most bytes of a message about an option: more than any message of RFC 2217 needs, except a signature. Longer
    /// messages are left out.
    static let subnegotiationLimit = 256

    private var state = State.data
    private var option = TelnetOption.binary
    private var content: [UInt8] = []
    private var isTooLong = false

    /// Takes received bytes, and leaves their data at the start of the same memory.
    ///
    /// - Returns: how many bytes of data there are.
    mutating func decode(_ bytes: UnsafeMutableRawBufferPointer, event: (Event) -> Void) -> Int {
        guard let base = bytes.baseAddress else { return 0 }
        var end = 0
        var position = 0
        while position < bytes.count {
            if case .data = state {
                let mark = memchr(
                    base + position, Int32(TelnetCommand.interpretAsCommand), bytes.count - position)
                let next = mark.map { UnsafeRawPointer($0) - UnsafeRawPointer(base) } ?? bytes.count
                if end != position { memmove(base + end, base + position, next - position) }
                end += next - position
                position = next + 1
                if mark != nil { state = .command }
                continue
            }
            if let byte = take(bytes[position], event) {
                bytes[end] = byte
                end += 1
            }
            position += 1
        }
        return end
    }

    /// Takes a byte that is no plain data. Returns a byte of data if this one completes it.
    private mutating func take(_ byte: UInt8, _ event: (Event) -> Void) -> UInt8? {
        switch state {
        case .data, .command: return takeCommand(byte)
        case .option(let verb):
            state = .data
            event(.option(verb, TelnetOption(rawValue: byte)))
        case .subnegotiationOption:
            option = TelnetOption(rawValue: byte)
            content.removeAll(keepingCapacity: true)
            isTooLong = false
            state = .subnegotiation
        case .subnegotiation:
            if byte == TelnetCommand.interpretAsCommand { state = .subnegotiationCommand } else { add(byte) }
        case .subnegotiationCommand:
            state = .subnegotiation
            switch byte {
            case TelnetCommand.interpretAsCommand: add(byte)
            case TelnetCommand.subnegotiationEnd:
                state = .data
                if !isTooLong { event(.subnegotiation(option, content)) }
            // Another command in the middle of a message: the end of the message got lost.
            default: return takeCommand(byte)
            }
        }
        return nil
    }

    private mutating func takeCommand(_ byte: UInt8) -> UInt8? {
        state = .data
        switch byte {
        case TelnetCommand.interpretAsCommand: return byte
        case TelnetCommand.subnegotiation: state = .subnegotiationOption
        default:
            // The other commands are for people at a terminal.
            if let verb = TelnetVerb(rawValue: byte) { state = .option(verb) }
        }
        return nil
    }

    private mutating func add(_ byte: UInt8) {
        if content.count < Self.subnegotiationLimit { content.append(byte) } else { isTooLong = true }
    }
}
