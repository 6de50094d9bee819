package import HDLC
package import PigweedRPC
package import PigweedTransfer

/// What was found on a line: a frame, down to the chunk in it, or bytes that are none.
public struct WireItem: Hashable, Sendable {
    /// When it was complete, since the first item of the capture; `nil` in a dump without times.
    public var time: Duration?
    /// How many bytes of the same stream stood before its end.
    public var offset: UInt64
    /// Who sent it; `nil` if neither the capture nor the content shows it.
    public var direction: WireDirection?
    /// How many bytes it took on the line, the flags of a frame included.
    public var wireSize: Int
    /// Whether the link lost it, so that the other side never saw it.
    public var isLost: Bool
    /// Which of several lines it was on, by the name of its port; `nil` in a capture of one line.
    public var port: String?
    /// What it is.
    package var content: Content

    /// What was found.
    package enum Content: Hashable, Sendable {
        /// A frame with a correct check sequence.
        case frame(address: FrameAddress, control: UInt8, FrameContent)
        /// Text or noise between frames.
        case stray(Excerpt)
        /// Bytes that begin like a frame and are none.
        case damaged(Damage, Excerpt)
    }

    /// What is wrong with a damaged frame.
    package enum Damage: Hashable, Sendable {
        /// The check sequence at its end differs from the one that belongs to its content.
        case checkSequence(expected: UInt32, received: UInt32)
        /// Fewer bytes than a frame has at least.
        case tooShort
        /// More bytes than the limit.
        case tooLong
        /// An escape byte before a flag or another escape byte.
        case escape
        /// The capture ends within it.
        case cutOff
    }

    /// What a frame carries.
    package enum FrameContent: Hashable, Sendable {
        /// Text that the device logs, on HDLC address 1.
        case log(Excerpt)
        /// An RPC packet.
        case packet(Packet, PacketContent)
        /// No RPC packet, although it came on the address of RPC packets.
        case badPacket(Excerpt)
        /// Something else on another address.
        case other(Excerpt)
    }

    /// What a packet carries.
    package enum PacketContent: Hashable, Sendable {
        /// Nothing.
        case empty
        /// A chunk and the number of its data bytes.
        case chunk(Chunk, dataCount: Int)
        /// Bytes on a stream of chunks that are none.
        case badChunk(Excerpt)
        /// A message of another method, and whether it has more fields than are kept.
        case message([MessageField], isCutShort: Bool)
        /// Bytes that are no protobuf message.
        case badMessage(Excerpt)
    }

    /// Whether something is wrong with it.
    public var isError: Bool {
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
        /// What may be done with a file: `pw.file.Path.Permissions`.
        case permissions(UInt64)
        /// Text or bytes.
        case bytes(Excerpt)
        /// A message in the message, and whether it has more fields than are kept.
        case message([MessageField], isCutShort: Bool)
    }

    /// The field's name, or its number if the message is not known.
    package var name: String
    /// Its value.
    package var value: Value
}

/// The beginning of bytes, and how many they were.
package struct Excerpt: Hashable, Sendable {
    /// As many as are kept.
    package var bytes: [UInt8]
    /// How many there were.
    package var count: Int

    /// Keeps at most `limit` bytes.
    init(_ source: Span<UInt8>, limit: Int) {
        count = source.count
        let kept = source.extracting(first: limit)
        bytes = kept.indices.map { kept[$0] }
    }

    /// The bytes in quotation marks, as characters of ASCII that act on no terminal: a byte that is none of these is
    /// written as `\n`, `\r`, `\t`, `\e` or `\x1F`.
    package var text: String {
        let text = "\"" + Self.escaped(bytes) + "\""
        return bytes.count < count ? "\(text) and \(count - bytes.count) bytes more" : text
    }

    /// Bytes as characters of ASCII that act on no terminal.
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
