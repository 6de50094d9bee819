internal import PigweedRPC
internal import ProtobufWire

/// What the fields of a message are called, and what they hold.
struct MessageForm: Sendable {
    /// A field.
    struct Field: Sendable {
        let name: String
        let kind: Kind

        init(_ name: String, _ kind: Kind = .plain) {
            self.name = name
            self.kind = kind
        }
    }

    /// What a field holds.
    enum Kind: Sendable {
        /// A number, or bytes.
        case plain
        case text
        /// A `pw_status`.
        case status
        /// `pw.file.Path.Permissions`.
        case permissions
        indirect case message(MessageForm)
    }

    /// How many fields of a message are kept.
    private static let fieldLimit = 16
    /// How much of text is kept.
    private static let textLimit = 1024
    /// How much of bytes is kept that say little.
    private static let bytesLimit = 48

    private let fields: [UInt32: Field]

    /// A form; fields that are not in it are called by their numbers.
    init(_ fields: [UInt32: Field] = [:]) {
        self.fields = fields
    }

    /// The fields of a message in the order in which they stand in it.
    ///
    /// - Returns: the fields, and whether there were more than are kept.
    func read(_ message: Span<UInt8>) throws(WireError) -> (fields: [MessageField], isCutShort: Bool) {
        var reader = FieldReader(0..<message.count)
        var result: [MessageField] = []
        var isCutShort = false
        while let field = try reader.next(in: message) {
            guard result.count < Self.fieldLimit else {
                isCutShort = true
                continue
            }
            let known = fields[field.number]
            result.append(
                MessageField(
                    name: known?.name ?? String(field.number),
                    value: Self.value(field.value, known?.kind ?? .plain, in: message)))
        }
        return (result, isCutShort)
    }

    private static func value(
        _ value: WireField.Value, _ kind: Kind, in message: Span<UInt8>
    ) -> MessageField.Value {
        switch (value, kind) {
        case (.varint(let number), .status):
            UInt32(exactly: number).map { .status(Status(rawValue: $0)) } ?? .number(number)
        case (.varint(let number), .permissions): .permissions(number)
        case (.varint(let number), _), (.fixed64(let number), _): .number(number)
        case (.fixed32(let number), _): .number(UInt64(number))
        case (.bytes(let range), .text): .bytes(Excerpt(message.extracting(range), limit: textLimit))
        case (.bytes(let range), .message(let form)): nested(message.extracting(range), form)
        case (.bytes(let range), _): .bytes(Excerpt(message.extracting(range), limit: bytesLimit))
        }
    }

    private static func nested(_ message: Span<UInt8>, _ form: MessageForm) -> MessageField.Value {
        do throws(WireError) {
            let (fields, isCutShort) = try form.read(message)
            return .message(fields, isCutShort: isCutShort)
        } catch {
            return .bytes(Excerpt(message, limit: bytesLimit))
        }
    }
}
