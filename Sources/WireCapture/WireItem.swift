package import HDLC
package import PigweedRPC
package import PigweedTransfer

/// An item on a line: a frame, down to the chunk in it, or bytes outside valid frames.
public struct WireItem: Hashable, Sendable {
    /// When the item was complete, counted from the first item of the capture; `nil` in a dump without times.
    public var time: Duration?
    /// The place of the item's end in its stream, in bytes.
    public var offset: UInt64
    /// Who sent the item; `nil` if neither the capture nor the content shows this.
    public var direction: WireDirection?
    /// How many bytes the item took on the line, including the flags of a frame.
    public var wireSize: Int
    /// Whether the link lost the item, so that the other side never saw it.
    public var isLost: Bool
    /// The name of the port, which tells several lines apart; `nil` in a capture of one line.
    public var port: String?
    /// The content of the item.
    package var content: Content

    /// The content of an item.
    package enum Content: Hashable, Sendable {
        /// A frame with a correct check sequence.
        case frame(address: FrameAddress, control: UInt8, FrameContent)
        /// Text or noise between frames.
        case stray(Excerpt)
        /// Bytes that begin like a frame, but are no valid one.
        case damaged(Damage, Excerpt)
    }

    /// What is wrong with a damaged frame.
    package enum Damage: Hashable, Sendable {
        /// The received check sequence differs from the expected one; if both are equal, the address is wrong.
        case checkSequence(expected: UInt32, received: UInt32)
        /// There are fewer bytes than in the shortest frame.
        case tooShort
        /// There are more bytes than the limit.
        case tooLong
        /// An escape byte stands before a flag or another escape byte.
        case escape
        /// The capture ends within the frame.
        case cutOff
    }

    /// The content of a frame.
    package enum FrameContent: Hashable, Sendable {
        /// Text that the device logs, on HDLC address 1.
        case log(Excerpt)
        /// An RPC packet.
        case packet(Packet, PacketContent)
        /// Bytes on the address of RPC packets that are no RPC packet.
        case badPacket(Excerpt)
        /// Bytes on another address.
        case other(Excerpt)
    }

    /// The payload of a packet.
    package enum PacketContent: Hashable, Sendable {
        /// No payload.
        case empty
        /// A chunk and the number of its data bytes.
        case chunk(Chunk, dataCount: Int)
        /// Bytes on a stream of chunks that are no chunk.
        case badChunk(Excerpt)
        /// A message of another method, and whether it has more fields than are kept.
        case message([MessageField], isCutShort: Bool)
        /// Bytes that are no protobuf message.
        case badMessage(Excerpt)
    }

    /// Whether something is wrong with the item.
    package var isError: Bool {
        switch content {
        case .damaged: true
        case .stray: false
        case .frame(_, _, .badPacket), .frame(_, _, .packet(_, .badChunk)),
            .frame(_, _, .packet(_, .badMessage)):
            true
        case .frame: isLost
        }
    }
}

/// One field of a message whose type is not a chunk.
package struct MessageField: Hashable, Sendable {
    /// A value as it stands in the message.
    package indirect enum Value: Hashable, Sendable {
        /// A number of any wire type.
        case number(UInt64)
        /// A `pw_status`.
        case status(Status)
        /// The permissions of a file: `pw.file.Path.Permissions`.
        case permissions(UInt64)
        /// Text or bytes.
        case bytes(Excerpt)
        /// A message in the message, and whether it has more fields than are kept.
        case message([MessageField], isCutShort: Bool)
    }

    /// The field's name, or its number if the message is not known.
    package var name: String
    /// The value of the field.
    package var value: Value
}

/// The beginning of some bytes, and their number.
package struct Excerpt: Hashable, Sendable {
    /// The bytes that are kept.
    package var bytes: [UInt8]
    /// The number of all bytes, kept or not.
    package var count: Int

    /// The most bytes of text that are kept.
    static let textLimit = 1024
    /// The most bytes that are kept of anything that is no text.
    static let bytesLimit = 48

    /// Keeps at most `limit` bytes.
    init(_ source: Span<UInt8>, limit: Int = bytesLimit) {
        count = source.count
        let kept = source.extracting(first: limit)
        bytes = kept.indices.map { kept[$0] }
    }

    /// The bytes in quotation marks, as ASCII characters that act on no terminal. Other bytes are written as `\n`,
    /// `\r`, `\t`, `\e` or `\x1F`.
    package var text: String {
        let text = "\"" + Self.escaped(bytes) + "\""
        return bytes.count < count ? "\(text) and \(count - bytes.count) bytes more" : text
    }

    /// Bytes as ASCII characters that act on no terminal.
    static func escaped(_ bytes: some Sequence<UInt8>) -> String {
        var text = ""
        for byte in bytes {
            switch byte {
            case 0x0A: text += "\\n"
            case 0x0D: text += "\\r"
            case 0x09: text += "\\t"
            case 0x1B: text += "\\e"
            case UInt8(ascii: "\""), UInt8(ascii: "\\"):
                text += "\\"
                text.unicodeScalars.append(Unicode.Scalar(byte))
            case 0x20..<0x7F: text.unicodeScalars.append(Unicode.Scalar(byte))
            default: text += "\\x" + Hexadecimal.text(UInt64(byte), digits: 2)
            }
        }
        return text
    }
}
