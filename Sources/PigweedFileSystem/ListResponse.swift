package import ProtobufWire

/// `pw.file.ListResponse`: a part of a list of files.
public struct ListResponse: Hashable, Sendable {
    /// The files of this message; Pigweed's own service sends one file in each.
    public var entries: [FileEntry]

    private enum Field {
        static let entries: UInt32 = 1
    }

    /// A response with these files.
    package init(_ entries: [FileEntry]) {
        self.entries = entries
    }

    /// Decodes a response; `nil` if the bytes are no such message.
    public init?(decoding bytes: Span<UInt8>) {
        self.init([])
        let isRead = FieldReader.read(bytes) { field, bytes in
            guard field.number == Field.entries else { return true }
            guard case .bytes(let range) = field.value,
                let entry = FileEntry(decoding: bytes.extracting(range))
            else { return false }
            entries.append(entry)
            return true
        }
        guard isRead else { return nil }
    }

    /// Appends the response.
    package func encode(into writer: inout FieldWriter) {
        for entry in entries { writer.message(Field.entries) { entry.encode(into: &$0) } }
    }
}
