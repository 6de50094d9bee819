internal import PigweedRPC
internal import ProtobufWire

/// The names and kinds of the fields of a message.
struct MessageForm: Sendable {
    /// The name and the kind of a field.
    struct Field: Sendable {
        let name: String
        let kind: Kind

        init(_ name: String, _ kind: Kind = .plain) {
            self.name = name
            self.kind = kind
        }
    }

    /// The kind of a field.
    enum Kind: Sendable {
        /// A number or bytes.
        case plain
        case text
        /// A `pw_status`.
        case status
        /// `pw.file.Path.Permissions`.
        case permissions
        indirect case message(MessageForm)
    }

    /// The most fields of a message that are kept.
    private static let fieldLimit = 16

    private let fields: [UInt32: Field]

    /// A form; other fields get their numbers as names.
    init(_ fields: [UInt32: Field] = [:]) {
        self.fields = fields
    }

    /// The fields of a message, in their order.
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
        case (.bytes(let range), .text): .bytes(Excerpt(message.extracting(range), limit: Excerpt.textLimit))
        case (.bytes(let range), .message(let form)): nested(message.extracting(range), form)
        case (.bytes(let range), _): .bytes(Excerpt(message.extracting(range)))
        }
    }

    private static func nested(_ message: Span<UInt8>, _ form: MessageForm) -> MessageField.Value {
        do throws(WireError) {
            let (fields, isCutShort) = try form.read(message)
            return .message(fields, isCutShort: isCutShort)
        } catch {
            return .bytes(Excerpt(message))
        }
    }
}
