package import ProtobufWire

/// `pw.file.ListRequest` and `pw.file.DeleteRequest`, which are the same on the wire.
public struct PathRequest: Hashable, Sendable {
    /// The path; `nil` means every file in a list. Devices refuse an empty one.
    public var path: String?

    private enum Field {
        static let path: UInt32 = 1
    }

    /// A request.
    public init(path: String?) {
        self.path = path
    }

    /// Decodes a request; `nil` if the bytes are none.
    package init?(decoding bytes: Span<UInt8>) {
        var reader = FieldReader(0..<bytes.count)
        path = nil
        do {
            while let field = try reader.next(in: bytes) {
                guard field.number == Field.path else { continue }
                guard case .bytes(let range) = field.value,
                    let text = String(validating: bytes.extracting(range))
                else { return nil }
                path = text
            }
        } catch {
            return nil
        }
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
    /// The text that the bytes are; `nil` if they are not UTF-8, which every string of a message is.
    init?(validating bytes: Span<UInt8>) {
        let text = bytes.withUnsafeBufferPointer { String(validating: $0, as: UTF8.self) }
        guard let text else { return nil }
        self = text
    }
}
