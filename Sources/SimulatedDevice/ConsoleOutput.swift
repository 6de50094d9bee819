internal import HDLC
internal import PigweedTokenizer

/// The output that a device prints on the line of its RPCs.
package struct ConsoleOutput: Hashable, Sendable {
    /// The line that is printed by default.
    package static let defaultText = "[00:00:12] INFO battery 3921 mV\r\n"

    /// The form of the output.
    package enum Form: String, Hashable, Sendable, CaseIterable {
        /// Text in frames of HDLC address 1.
        case frames
        /// Raw text between the frames.
        case text
        /// A `$` and the token as base64, in frames of HDLC address 1.
        case base64
        /// The metadata and then the token, as bytes, in frames of HDLC address 1.
        case tokens
        /// The token, in messages of `pw.log.Logs.Listen` to a client that has called it.
        case rpc
    }

    /// When the output begins.
    package enum Beginning: String, Hashable, Sendable, CaseIterable {
        /// When the device receives the first bytes.
        case contact
        /// When the device is switched on.
        case start
        /// When the device restarts for the first time.
        case restart
    }

    /// The time from one line to the next.
    package var interval: Duration
    /// The form of the output.
    package var form: Form
    /// The text of each line; `%u` in it becomes the number of the line.
    package var text: String
    /// When the output begins.
    package var beginning: Beginning
    /// The device drops each line whose number is a multiple of this; `nil` for none. By RPC it says that it did.
    package var drop: Int?

    /// Output with a line at each interval, which is a millisecond at least.
    package init(
        every interval: Duration, as form: Form = .frames, text: String = ConsoleOutput.defaultText,
        from beginning: Beginning = .contact, drop: Int? = nil
    ) {
        self.drop = drop.map { max($0, 1) }
        self.interval = max(interval, .milliseconds(1))
        self.form = form
        self.text = text
        self.beginning = beginning
    }

    /// Whether the device drops the line with this number.
    func drops(_ number: UInt32) -> Bool { drop.map { Int(number) % $0 == 0 } ?? false }

    /// A line as an entry of the log service.
    func entry(number: UInt32) -> LogEntry {
        var entry = LogEntry()
        entry.message = Self.message(text, number).bytes
        entry.lineAndLevel = Self.metadata
        entry.thread = Array("main".utf8)
        // Its clock counts lines.
        entry.time = .ticks(Int64(number))
        return entry
    }

    /// The metadata of each line in the default layout: level 2, line 100, and no module.
    private static let metadata: UInt32 = 100 << 3 | 2
    private static let counter = "%u"

    /// A line as it is on the wire.
    package func line(number: UInt32) -> [UInt8] { Self.line(text, as: form, number: number) }

    static func line(_ text: String, as form: Form, number: UInt32) -> [UInt8] {
        let plain = text.replacing(counter, with: "\(number)")
        switch form {
        case .text: return Array(plain.utf8)
        case .frames: return frame(Array(plain.utf8))
        case .base64: return frame(Array((message(text, number).text + "\n").utf8))
        case .tokens: return frame(message(text, number).bytes(withMetadata: metadata))
        // Only LogServer can number the message.
        case .rpc: return []
        }
    }

    /// The message in tokens. Its string is the text without the line's end, as in a token database.
    private static func message(_ text: String, _ number: UInt32) -> TokenizedMessage {
        let string = String(text.prefix { !$0.isNewline })
        var message = TokenizedMessage(of: string)
        if string.contains(counter) { message.append(argument: Int64(number)) }
        return message
    }

    private static func frame(_ payload: [UInt8]) -> [UInt8] {
        var frame: [UInt8] = []
        FrameEncoder.encode(address: .log, payload: payload.span, into: &frame)
        return frame
    }
}
