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
        var reader = FieldReader(0..<bytes.count)
        entries = []
        do {
            while let field = try reader.next(in: bytes) {
                guard field.number == Field.entries else { continue }
                guard case .bytes(let range) = field.value,
                    let entry = FileEntry(decoding: bytes.extracting(range))
                else { return nil }
                entries.append(entry)
            }
        } catch {
            return nil
        }
    }

    /// Appends the response.
    package func encode(into writer: inout FieldWriter) {
        for entry in entries {
            var message = FieldWriter()
            entry.encode(into: &message)
            writer.bytes(Field.entries, message.bytes.span)
        }
    }
}
