import HDLC
import PigweedFileSystem
import PigweedRPC
import PigweedTokenizer
import PigweedTransfer
import ProtobufWire
import TestSupport

/// Makes the codecs available as lines of text, for the tests against the reference implementation in Python.
///
/// Each line on standard input is a command. Each line on standard output is its answer in JSON, with bytes in
/// hexadecimal:
///
///     frame ADDRESS [PAYLOAD]   the frame
///     deframe SIZE [BYTES]      the frames found when bytes arrive SIZE at a time
///     packet [BYTES]            fields and bytes encoded again, or null
///     chunk [BYTES]             the same for a chunk
///     status [BYTES]            the same for an answer to GetResourceStatus
///     status-request NUMBER     the request of GetResourceStatus
///     path [BYTES]              the same for the request of a list or a deletion
///     list [BYTES]              the same for files that are listed, each an array
///     tokens [BYTES]            takes a file as the token database; how many entries it has, or null
///     detokenize [BYTES]        the texts that a message may have, the best first, and whether one of them is it
///     detokenize-text [BYTES]   a text whose tokens have been replaced
@main
enum CodecPeer {
    static func main() {
        var detokenizer = Detokenizer(TokenDatabase())
        while let line = readLine() {
            let words = line.split(separator: " ")
            guard let answer = answer(to: words, &detokenizer) else { fatalError("no command: \(line)") }
            print(answer)
        }
    }

    private static func answer(to words: [Substring], _ detokenizer: inout Detokenizer) -> String? {
        switch words.first {
        case "frame":
            guard words.count > 1, let address = UInt64(words[1]) else { return nil }
            return bytes(words.dropFirst(2)).map { frame(FrameAddress(rawValue: address), $0) }
        case "deframe":
            guard words.count > 1, let size = Int(words[1]), size > 0 else { return nil }
            return bytes(words.dropFirst(2)).map { deframe($0, size: size) }
        case "packet": return bytes(words.dropFirst()).map(packet)
        case "chunk": return bytes(words.dropFirst()).map(chunk)
        case "status": return bytes(words.dropFirst()).map(status)
        case "status-request":
            guard words.count == 2, let number = UInt32(words[1]) else { return nil }
            return quoted(hex(ResourceStatusResponse.request(for: number).span))
        case "path": return bytes(words.dropFirst()).map(path)
        case "list": return bytes(words.dropFirst()).map(list)
        case "tokens":
            guard let file = bytes(words.dropFirst()) else { return nil }
            guard let database = database(file) else { return "null" }
            detokenizer = Detokenizer(database)
            return String(database.count)
        case "detokenize": return bytes(words.dropFirst()).map { message(detokenizer.detokenize($0)) }
        case "detokenize-text":
            return bytes(words.dropFirst()).map {
                quoted(hex(detokenizer.detokenize(text: String(decoding: $0, as: UTF8.self)).text))
            }
        default: return nil
        }
    }

    private static func frame(_ address: FrameAddress, _ payload: [UInt8]) -> String {
        quoted(TestSupport.hex(TestSupport.frame(payload, address: address)))
    }

    private static func deframe(_ input: [UInt8], size: Int) -> String {
        var decoder = FrameDecoder(maximumContentSize: 1 << 16)
        var frames: [String] = []
        for start in stride(from: 0, to: input.count, by: size) {
            let part = input.span.extracting(start..<min(start + size, input.count))
            var position = 0
            while let output = decoder.next(in: part, at: &position) {
                guard case .frame(let address, let control) = output else { continue }
                frames.append("[\(address),\(control),\(quoted(hex(decoder.payload)))]")
            }
        }
        return "[\(frames.joined(separator: ","))]"
    }

    private static func packet(_ input: [UInt8]) -> String {
        guard let (packet, range) = Packet.decode(input.span) else { return "null" }
        let payload = input.span.extracting(range)
        var writer = FieldWriter()
        packet.encode(payload: payload, into: &writer)
        return object([
            ("type", String(packet.kind.rawValue)),
            ("channel_id", String(packet.channel)),
            ("service_id", String(packet.method.service)),
            ("method_id", String(packet.method.method)),
            ("payload", quoted(hex(payload))),
            ("status", String(packet.status.rawValue)),
            ("call_id", String(packet.callID)),
            ("encoded", quoted(hex(writer.bytes.span))),
        ])
    }

    private static func chunk(_ input: [UInt8]) -> String {
        guard let (chunk, range) = Chunk.decode(input.span) else { return "null" }
        let data = input.span.extracting(range)
        var writer = FieldWriter()
        chunk.encode(data: data, into: &writer)
        return object([
            ("transfer_id", String(chunk.transferID)),
            ("pending_bytes", optional(chunk.pendingBytes)),
            ("max_chunk_size_bytes", optional(chunk.maxChunkSizeBytes)),
            ("min_delay_microseconds", optional(chunk.minDelayMicroseconds)),
            ("offset", String(chunk.offset)),
            ("data", quoted(hex(data))),
            ("remaining_bytes", optional(chunk.remainingBytes)),
            ("status", optional(chunk.status)),
            ("window_end_offset", String(chunk.windowEndOffset)),
            ("type", optional(chunk.kind?.rawValue)),
            ("resource_id", optional(chunk.resourceID)),
            ("session_id", optional(chunk.sessionID)),
            ("protocol_version", optional(chunk.protocolVersion?.rawValue)),
            ("desired_session_id", optional(chunk.desiredSessionID)),
            ("initial_offset", String(chunk.initialOffset)),
            ("meaning.version", String(chunk.version.rawValue)),
            ("meaning.kind", String(chunk.effectiveKind(dataCount: range.count).rawValue)),
            ("meaning.window_end", String(chunk.effectiveWindowEnd)),
            ("encoded", quoted(hex(writer.bytes.span))),
        ])
    }

    private static func status(_ input: [UInt8]) -> String {
        guard let status = ResourceStatusResponse(decoding: input.span) else { return "null" }
        var writer = FieldWriter()
        status.encode(into: &writer)
        return object([
            ("resource_id", String(status.resource)),
            ("status", String(status.status.rawValue)),
            ("writeable_offset", String(status.writeableOffset)),
            ("readable_offset", String(status.readableOffset)),
            ("write_checksum", optional(status.writeChecksum)),
            ("read_checksum", optional(status.readChecksum)),
            ("encoded", quoted(hex(writer.bytes.span))),
        ])
    }

    private static func path(_ input: [UInt8]) -> String {
        guard let request = PathRequest(decoding: input.span) else { return "null" }
        return object([
            ("path", request.path.map { quoted(hex(Array($0.utf8).span)) } ?? "null"),
            ("encoded", quoted(hex(request.bytes.span))),
        ])
    }

    private static func list(_ input: [UInt8]) -> String {
        guard let response = ListResponse(decoding: input.span) else { return "null" }
        var writer = FieldWriter()
        response.encode(into: &writer)
        let entries = response.entries.map { entry in
            let members = [
                quoted(hex(Array(entry.path.utf8).span)), optional(entry.permissions?.rawValue),
                optional(entry.size), optional(entry.id),
            ]
            return "[\(members.joined(separator: ","))]"
        }
        return object([
            ("paths", "[\(entries.joined(separator: ","))]"), ("encoded", quoted(hex(writer.bytes.span))),
        ])
    }

    private static func database(_ file: [UInt8]) -> TokenDatabase? {
        var builder = TokenDatabaseBuilder()
        do {
            _ = try builder.add(fileOf: UInt64(file.count)) { range in
                Array(file[Int(range.lowerBound)..<Int(range.upperBound)])
            }
        } catch {
            return nil
        }
        return builder.build()
    }

    private static func message(_ message: DetokenizedMessage) -> String {
        let candidates = message.candidates.map {
            "[\(quoted(hex($0.text))),\(quoted(hex($0.remaining.span))),\($0.isComplete)]"
        }
        return object([
            ("candidates", "[\(candidates.joined(separator: ","))]"),
            ("text", message.text.map { quoted(hex($0)) } ?? "null"),
        ])
    }

    // MARK: Text

    private static func hex(_ text: String) -> String { TestSupport.hex(text.utf8) }

    private static func hex(_ bytes: Span<UInt8>) -> String { TestSupport.hex(bytes.array) }

    private static func object(_ members: [(name: String, value: String)]) -> String {
        "{\(members.map { "\(quoted($0.name)):\($0.value)" }.joined(separator: ","))}"
    }

    private static func quoted(_ text: String) -> String { "\"\(text)\"" }

    private static func optional(_ number: (some FixedWidthInteger)?) -> String {
        number.map { String($0) } ?? "null"
    }

    /// The bytes of the only word; no bytes if there is no word, and `nil` if there is anything else.
    private static func bytes(_ words: ArraySlice<Substring>) -> [UInt8]? {
        guard let word = words.first else { return [] }
        let digits = word.utf8.compactMap { UInt8(hexDigit: $0) }
        guard words.count == 1, digits.count == word.utf8.count, digits.count.isMultiple(of: 2)
        else { return nil }
        return stride(from: 0, to: digits.count, by: 2).map { digits[$0] << 4 | digits[$0 + 1] }
    }
}

extension UInt8 {
    fileprivate init?(hexDigit: UInt8) {
        switch hexDigit {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): self = hexDigit - UInt8(ascii: "0")
        case UInt8(ascii: "a")...UInt8(ascii: "f"): self = hexDigit - UInt8(ascii: "a") + 10
        default: return nil
        }
    }
}
