internal import SerialPort
internal import TestSupport

/// However the bytes of a server are cut, the data and the answers are the same, and the answers are no longer than
/// the questions. Data that are sent arrive unchanged at the other end.
func fuzzTelnet(_ input: Span<UInt8>) {
    guard input.count > 1 else { return }
    let bytes = input.extracting(droppingFirst: 1).array
    let whole = Conversation(with: bytes, pieceSize: bytes.count, choices: input[0])
    precondition(whole == Conversation(with: bytes, pieceSize: 1, choices: input[0]))
    precondition(whole == Conversation(with: bytes, pieceSize: 7, choices: input[0]))
    let settingsSize = 200
    precondition(whole.output.count <= settingsSize + bytes.count)
    precondition(whole.data.count <= bytes.count)

    let sent = Conversation(with: escaped(bytes, takenAtOnce: Int(input[0]) + 1), pieceSize: 5, choices: 0)
    precondition(sent.data == bytes)
    precondition(sent.phase == .negotiating)
}

private struct Conversation: Equatable {
    var data: [UInt8] = []
    let output: [UInt8]
    let steps: [NegotiationStep]
    let phase: TelnetSession.Phase
    let line: RemoteLineState?

    init(with bytes: [UInt8], pieceSize: Int, choices: UInt8) {
        let flow: SerialSettings.FlowControl = choices & 2 == 0 ? .none : .rtsCts
        let settings = SerialSettings(
            flowControl: flow, dtr: choices & 4 == 0 ? nil : true, rts: choices & 8 == 0 ? nil : false)
        var session = TelnetSession(
            name: "port", line: choices & 1 == 0 ? settings : nil, queries: choices & 16 != 0,
            isControlOptional: choices & 32 != 0)
        for start in stride(from: 0, to: bytes.count, by: pieceSize) {
            var piece = Array(bytes[start..<min(start + pieceSize, bytes.count)])
            let count = piece.withUnsafeMutableBytes { session.receive($0) }
            data += piece.prefix(count)
        }
        steps = session.steps
        precondition(steps.allSatisfy { "\($0)".utf8.allSatisfy { $0 >= 0x20 && $0 != 0x7F } })
        if choices & 64 != 0 { session.conclude() }
        output = session.output
        phase = session.phase
        line = session.line
    }
}

/// The bytes as they are sent over a line that takes at most this many at a time.
private func escaped(_ bytes: [UInt8], takenAtOnce limit: Int) -> [UInt8] {
    var encoder = TelnetEncoder()
    var owed: [UInt8] = []
    var line: [UInt8] = []
    var rest = bytes[...]
    while !rest.isEmpty || !owed.isEmpty {
        line += owed
        owed = []
        var room = limit
        do throws(SerialPortError) {
            let count = try rest.span.withUnsafeBytes { bytes throws(SerialPortError) in
                try encoder.send(bytes, owed: &owed) { piece in
                    let taken = piece.prefix(room)
                    room -= taken.count
                    line += taken
                    return taken.count
                }
            }
            rest = rest.dropFirst(count)
        } catch {
            preconditionFailure("nothing fails here: \(error)")
        }
    }
    return line
}
