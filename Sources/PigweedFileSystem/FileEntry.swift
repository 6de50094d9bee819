internal import ProtobufWire

/// `pw.file.Path`: a file in a list.
public struct FileEntry: Hashable, Sendable {
    /// What a client may do with a file.
    public struct Permissions: OptionSet, Hashable, Sendable {
        /// The number on the wire; bits above the two known ones are kept.
        public let rawValue: UInt32

        /// Permissions with these bits; unknown bits are kept.
        public init(rawValue: UInt32) {
            self.rawValue = rawValue
        }

        /// The file's resource can be read.
        public static let read = Permissions(rawValue: 1)
        /// The file's resource can be written.
        public static let write = Permissions(rawValue: 2)
    }

    /// The name as the device gives it: any text, control characters and `..` included.
    public var path: String
    /// What a client may do with the file; `nil` if the device does not say.
    public var permissions: Permissions?
    /// The size in bytes; 0 also if the device does not know the size, `nil` if it sent none.
    public var size: UInt32?
    /// The id of the resource by which the file is transferred. The id may change when the device restarts.
    public var id: UInt32?

    private enum Field {
        static let path: UInt32 = 1
        static let permissions: UInt32 = 2
        static let size: UInt32 = 3
        static let id: UInt32 = 4
    }

    /// An entry; fields that are `nil` are not sent.
    public init(path: String, permissions: Permissions? = nil, size: UInt32? = nil, id: UInt32? = nil) {
        self.path = path
        self.permissions = permissions
        self.size = size
        self.id = id
    }

    /// Decodes an entry; `nil` if the bytes are no entry, or a number in them is too large for its field.
    init?(decoding bytes: Span<UInt8>) {
        self.init(path: "")
        guard FieldReader.read(bytes, { set($0, in: $1) }) else { return nil }
    }

    private mutating func set(_ field: WireField, in bytes: Span<UInt8>) -> Bool {
        switch (field.number, field.value) {
        case (Field.path, .bytes(let range)):
            guard let text = String(validating: bytes.extracting(range)) else { return false }
            path = text
        case (Field.permissions, .varint):
            guard let number = field.uint32 else { return false }
            permissions = Permissions(rawValue: number)
        case (Field.size, .varint):
            guard let number = field.uint32 else { return false }
            size = number
        case (Field.id, .varint):
            guard let number = field.uint32 else { return false }
            id = number
        case (Field.path, _), (Field.permissions, _), (Field.size, _), (Field.id, _): return false
        default: break
        }
        return true
    }

    /// Appends the entry in the order of Pigweed's own service, which writes the size before the permissions.
    func encode(into writer: inout FieldWriter) {
        if !path.isEmpty { writer.bytes(Field.path, Array(path.utf8).span) }
        writer.varint(Field.size, ifPresent: size)
        writer.varint(Field.permissions, ifPresent: permissions?.rawValue)
        writer.varint(Field.id, ifPresent: id)
    }
}
