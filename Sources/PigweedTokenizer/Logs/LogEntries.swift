package import ProtobufWire

/// `pw.log.LogEntry`: a message of the log service, or the number of messages that the device has dropped.
package struct LogEntry: Hashable, Sendable {
    /// The message: a text, or tokens.
    package var message: [UInt8] = []
    /// The level in the lowest three bits, and the line of the source file in the others; 0 if the device does not say.
    package var lineAndLevel: UInt32 = 0
    /// How many messages the device has dropped before the next one. Unless this is 0, the entry is no message itself.
    package var dropped: UInt32 = 0
    /// The part of the firmware: a text, or a token.
    package var module: [UInt8] = []
    /// The source file: a text, or a token.
    package var file: [UInt8] = []
    /// The thread that logged the message: a text, or a token.
    package var thread: [UInt8] = []
    /// When the message was logged; `nil` if the device does not say.
    package var time: Time?

    /// The time of a device, in ticks whose length and beginning are the firmware's.
    package enum Time: Hashable, Sendable {
        /// Ticks of the device's clock since its own beginning.
        case ticks(Int64)
        /// Ticks since the entry before.
        case sinceLastEntry(Int64)
    }

    private enum Field {
        static let message: UInt32 = 1
        static let lineAndLevel: UInt32 = 2
        static let timestamp: UInt32 = 4
        static let timeSinceLastEntry: UInt32 = 5
        static let dropped: UInt32 = 6
        static let module: UInt32 = 7
        static let file: UInt32 = 8
        static let thread: UInt32 = 9
    }

    /// An entry without anything.
    package init() {}

    /// Decodes an entry without the fields that are not used here; `nil` if the bytes are no entry.
    init?(decoding bytes: Span<UInt8>) {
        guard FieldReader.read(bytes, { set($0, in: $1) }) else { return nil }
    }

    private mutating func set(_ field: WireField, in bytes: Span<UInt8>) -> Bool {
        switch (field.number, field.value) {
        case (Field.message, .bytes(let range)): message = range.map { bytes[$0] }
        case (Field.module, .bytes(let range)): module = range.map { bytes[$0] }
        case (Field.file, .bytes(let range)): file = range.map { bytes[$0] }
        case (Field.thread, .bytes(let range)): thread = range.map { bytes[$0] }
        case (Field.lineAndLevel, .varint(let value)): lineAndLevel = UInt32(truncatingIfNeeded: value)
        case (Field.dropped, .varint(let value)): dropped = UInt32(truncatingIfNeeded: value)
        case (Field.timestamp, .varint(let value)): time = .ticks(Int64(bitPattern: value))
        case (Field.timeSinceLastEntry, .varint(let value)):
            time = .sinceLastEntry(Int64(bitPattern: value))
        default: break
        }
        return true
    }

    func encode(into writer: inout FieldWriter) {
        if !message.isEmpty { writer.bytes(Field.message, message.span) }
        writer.varint(Field.lineAndLevel, unlessZero: UInt64(lineAndLevel))
        switch time {
        case .ticks(let ticks): writer.varint(Field.timestamp, UInt64(bitPattern: ticks))
        case .sinceLastEntry(let ticks):
            writer.varint(Field.timeSinceLastEntry, UInt64(bitPattern: ticks))
        case nil: break
        }
        writer.varint(Field.dropped, unlessZero: UInt64(dropped))
        if !module.isEmpty { writer.bytes(Field.module, module.span) }
        if !file.isEmpty { writer.bytes(Field.file, file.span) }
        if !thread.isEmpty { writer.bytes(Field.thread, thread.span) }
    }
}

/// `pw.log.LogEntries`: what a device sends on `pw.log.Logs.Listen` (`pw_log/log.proto`).
package struct LogEntries: Hashable, Sendable {
    /// The entries, the oldest first.
    package var entries: [LogEntry]
    /// The number of the first message in ``entries``. A device numbers its messages from 0; dropped messages have no
    /// number.
    package var firstNumber: UInt32

    private enum Field {
        static let entries: UInt32 = 1
        static let firstNumber: UInt32 = 2
    }

    /// Entries from this number on.
    package init(_ entries: [LogEntry], from firstNumber: UInt32) {
        self.entries = entries
        self.firstNumber = firstNumber
    }

    /// Decodes the payload of a packet; `nil` if the bytes are no such message.
    package init?(decoding bytes: Span<UInt8>) {
        self.init([], from: 0)
        let isRead = FieldReader.read(bytes) { field, bytes in
            switch (field.number, field.value) {
            case (Field.entries, .bytes(let range)):
                guard let entry = LogEntry(decoding: bytes.extracting(range)) else { return false }
                entries.append(entry)
            case (Field.firstNumber, .varint(let value)): firstNumber = UInt32(truncatingIfNeeded: value)
            default: break
            }
            return true
        }
        guard isRead else { return nil }
    }

    /// Appends the payload.
    package func encode(into writer: inout FieldWriter) {
        for entry in entries { writer.message(Field.entries) { entry.encode(into: &$0) } }
        writer.varint(Field.firstNumber, unlessZero: UInt64(firstNumber))
    }
}
