import FoundationEssentials

/// Bytes that went over the wire, or a frame that was lost on it.
public struct RecordedEvent: Hashable, Sendable {
    /// The sender.
    public enum Direction: String, Hashable, Sendable, Decodable {
        /// From the client, as the client wrote the bytes.
        case clientToServer = "c2s"
        /// From the device, as the client received the bytes.
        case serverToClient = "s2c"
    }

    /// The time in seconds since some moment before the session.
    public var seconds: Double
    /// The sender.
    public var direction: Direction
    /// The bytes; they may end inside a frame.
    public var bytes: [UInt8]
    /// Whether this is a whole frame that the link dropped or altered. The client's bytes of such a frame are also in
    /// an earlier event, as they were written.
    public var isLost: Bool
}

/// A session of the reference implementation; `Tests/Recordings/README.md` describes it.
public struct RecordedSession: Sendable {
    /// The name of the file, without its extension.
    public var name: String
    /// What happens in the session.
    public var title: String
    /// The final status of the client, or a note.
    public var result: String
    /// The events in the order of time.
    public var events: [RecordedEvent]

    /// All sessions, in the order of the README.
    public static let all: [RecordedSession] = load()

    /// The events of a session.
    public static func load(_ name: String) -> [RecordedEvent] {
        let text = String(decoding: file("\(name).jsonl"), as: UTF8.self)
        return text.split(separator: "\n").map { line in
            do {
                return try JSONDecoder().decode(Line.self, from: Data(line.utf8)).event
            } catch {
                preconditionFailure("\(name): \(error)")
            }
        }
    }

    /// The content of a file in `data/`, such as `r3k`.
    public static func data(_ name: String) -> [UInt8] {
        file("data/\(name)")
    }

    /// The bytes that reached the other side, in the order of time. Frames that the link dropped or altered are
    /// missing. The client's bytes come as one frame in each event, the device's bytes as they were received.
    public func delivered(_ direction: RecordedEvent.Direction) -> [RecordedEvent] {
        let events = events.filter { $0.direction == direction }
        guard direction == .clientToServer else { return events.filter { !$0.isLost } }

        var delivered: [RecordedEvent] = []
        var frame: [UInt8] = []
        for event in events {
            if event.isLost {
                guard let written = delivered.lastIndex(where: { $0.bytes.isNearly(event.bytes) }) else {
                    preconditionFailure("\(name): the frame lost at \(event.seconds) was never written")
                }
                delivered.remove(at: written)
                continue
            }
            for byte in event.bytes {
                frame.append(byte)
                guard byte == 0x7E, frame.count > 1 else { continue }
                delivered.append(
                    RecordedEvent(
                        seconds: event.seconds, direction: direction, bytes: frame, isLost: false))
                frame = []
            }
        }
        return delivered
    }

    private static func load() -> [RecordedSession] {
        String(decoding: file("README.md"), as: UTF8.self).split(separator: "\n").compactMap { line in
            let cells = line.split(separator: "|").map { $0.trimmingSpaces }
            guard cells.count == 4, cells[0].hasSuffix(".jsonl") else { return nil }
            let name = String(cells[0].dropLast(".jsonl".count))
            return RecordedSession(name: name, title: cells[1], result: cells[3], events: load(name))
        }
    }

    private static func file(_ path: String) -> [UInt8] {
        let here = URL(filePath: #filePath)
        let file = here.deletingLastPathComponent().deletingLastPathComponent()
            .appending(path: "Recordings").appending(path: path)
        do {
            return Array(try Data(contentsOf: file))
        } catch {
            preconditionFailure("\(file.path): \(error)")
        }
    }

    private struct Line: Decodable {
        var t: Double
        var dir: RecordedEvent.Direction
        var hex: String
        var dropped: Bool?
        var corrupted: Bool?

        var event: RecordedEvent {
            RecordedEvent(
                seconds: t, direction: dir, bytes: [UInt8](hex: hex),
                isLost: dropped == true || corrupted == true)
        }
    }
}

extension RecordedSession: CustomStringConvertible {
    /// The name, for the names of test cases.
    public var description: String { name }
}

extension [UInt8] {
    /// The bytes that pairs of hexadecimal digits stand for; other characters are skipped.
    public init(hex: String) {
        let digits = hex.compactMap(\.hexDigitValue)
        self = stride(from: 0, to: digits.count - 1, by: 2).map { UInt8(digits[$0] << 4 | digits[$0 + 1]) }
    }
}

extension [UInt8] {
    /// Whether the arrays are equal, or differ in one bit.
    fileprivate func isNearly(_ other: [UInt8]) -> Bool {
        count == other.count && zip(self, other).reduce(0) { $0 + ($1.0 ^ $1.1).nonzeroBitCount } <= 1
    }
}

extension Substring {
    fileprivate var trimmingSpaces: String {
        String(drop { $0 == " " }.reversed().drop { $0 == " " }.reversed())
    }
}
