package import ProtobufWire

/// `pw.file.ListRequest` and `pw.file.DeleteRequest`, which are the same on the wire.
public struct PathRequest: Hashable, Sendable {
    package var path: String?

    private enum Field {
        static let path: UInt32 = 1
    }

    /// A request.
    ///
    /// - Parameter path: the path of a file; `nil` asks for a list of all files. Devices refuse an empty path.
    public init(path: String?) {
        self.path = path
    }

    /// Decodes a request; `nil` if the bytes are no such message.
    package init?(decoding bytes: Span<UInt8>) {
        self.init(path: nil)
        let isRead = FieldReader.read(bytes) { field, bytes in
            guard field.number == Field.path else { return true }
            guard case .bytes(let range) = field.value,
                let text = String(validating: bytes.extracting(range))
            else { return false }
            path = text
            return true
        }
        guard isRead else { return nil }
    }

    /// Appends the request.
    package func encode(into writer: inout FieldWriter) {
        if let path { writer.bytes(Field.path, Array(path.utf8).span) }
    }

    /// The request as bytes.
    public var bytes: [UInt8] {
        var writer = FieldWriter()
        encode(into: &writer)
        return writer.bytes
    }
}

extension String {
    /// A text from its bytes; `nil` if they are not UTF-8, as protobuf demands of strings.
    init?(validating bytes: Span<UInt8>) {
        let text = bytes.withUnsafeBufferPointer { String(validating: $0, as: UTF8.self) }
        guard let text else { return nil }
        self = text
    }
}
