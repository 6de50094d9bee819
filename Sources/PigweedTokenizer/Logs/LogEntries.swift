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

    private enum Field {
        static let message: UInt32 = 1
        static let lineAndLevel: UInt32 = 2
        static let dropped: UInt32 = 6
        static let module: UInt32 = 7
        static let file: UInt32 = 8
    }

    /// An entry without anything.
    package init() {}

    /// Decodes an entry without the fields that are not used here; `nil` if the bytes are no entry.
    init?(decoding bytes: Span<UInt8>) {
        var reader = FieldReader(0..<bytes.count)
        do {
            while let field = try reader.next(in: bytes) {
                switch (field.number, field.value) {
                case (Field.message, .bytes(let range)): message = Self.copy(bytes.extracting(range))
                case (Field.module, .bytes(let range)): module = Self.copy(bytes.extracting(range))
                case (Field.file, .bytes(let range)): file = Self.copy(bytes.extracting(range))
                case (Field.lineAndLevel, .varint(let value)):
                    lineAndLevel = UInt32(truncatingIfNeeded: value)
                case (Field.dropped, .varint(let value)): dropped = UInt32(truncatingIfNeeded: value)
                default: break
                }
            }
        } catch {
            return nil
        }
    }

    private static func copy(_ bytes: Span<UInt8>) -> [UInt8] { bytes.withUnsafeBufferPointer { Array($0) } }

    func encode(into writer: inout FieldWriter) {
        if !message.isEmpty { writer.bytes(Field.message, message.span) }
        writer.varint(Field.lineAndLevel, unlessZero: UInt64(lineAndLevel))
        writer.varint(Field.dropped, unlessZero: UInt64(dropped))
        if !module.isEmpty { writer.bytes(Field.module, module.span) }
        if !file.isEmpty { writer.bytes(Field.file, file.span) }
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
        var reader = FieldReader(0..<bytes.count)
        do {
            while let field = try reader.next(in: bytes) {
                switch (field.number, field.value) {
                case (Field.entries, .bytes(let range)):
                    guard let entry = LogEntry(decoding: bytes.extracting(range)) else { return nil }
                    entries.append(entry)
                case (Field.firstNumber, .varint(let value)):
                    firstNumber = UInt32(truncatingIfNeeded: value)
                default: break
                }
            }
        } catch {
            return nil
        }
    }

    /// Appends the payload.
    package func encode(into writer: inout FieldWriter) {
        for entry in entries {
            var message = FieldWriter()
            entry.encode(into: &message)
            writer.bytes(Field.entries, message.bytes.span)
        }
        writer.varint(Field.firstNumber, unlessZero: UInt64(firstNumber))
    }
}
