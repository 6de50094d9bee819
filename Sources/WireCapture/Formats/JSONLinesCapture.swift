internal import FoundationEssentials
public import PigweedTransfer

/// Writes captures as JSON lines; `Documentation/captures.md` describes them.
public struct JSONLinesWriter: Sendable {
    private let started: Instant
    private let ports: [String]

    /// A writer of a new file.
    ///
    /// - Parameters:
    ///   - ports: the names of the ports; records name their port only if there are several.
    ///   - started: the wall clock's time since 1970 at time 0 of the recording.
    public init(ports: [String], started: Instant) {
        self.ports = ports
        self.started = started
    }

    /// The first lines, one for each port.
    public func header() -> [UInt8] {
        struct Header: Encodable {
            let pwtransfer_capture = 1
            let port: String
            let started: Double
        }
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return ports.flatMap { port in
            let header = Header(port: port, started: Double(started.nanoseconds / 1000) / 1e6)
            do {
                let text = String(decoding: try encoder.encode(header), as: UTF8.self)
                return Array(Self.plain(text).utf8) + [UInt8(ascii: "\n")]
            } catch {
                // Encoding fails only for numbers such as infinity.
                return Array("{\"pwtransfer_capture\":1}\n".utf8)
            }
        }
    }

    /// The record of bytes that went over the line of a port at `time`.
    ///
    /// - Parameters:
    ///   - bytes: the bytes that were written or read at once; frames need not be whole.
    ///   - direction: the direction of the bytes.
    ///   - port: the index of the port.
    ///   - time: the time on the clock of the recording.
    public func record(
        _ bytes: Span<UInt8>, _ direction: WireDirection, port: Int = 0, at time: Instant
    ) -> [UInt8] {
        let microseconds = time.nanoseconds / 1000
        let fraction = String(microseconds.magnitude % 1_000_000)
        let zeros = String(repeating: "0", count: 6 - fraction.utf8.count)
        let sign = microseconds < 0 ? "-" : ""
        let name = direction == .toDevice ? "c2s" : "s2c"
        let seconds = "\(sign)\(microseconds.magnitude / 1_000_000).\(zeros)\(fraction)"
        var line = Array("{\"t\":\(seconds),\"dir\":\"\(name)\",".utf8)
        line.reserveCapacity(line.count + 2 * bytes.count + 64)
        if ports.count > 1, ports.indices.contains(port) {
            line += Array("\"port\":\(Self.quoted(ports[port])),".utf8)
        }
        line += Array("\"hex\":\"".utf8)
        Hexadecimal.append(bytes, to: &line)
        line += Array("\"}\n".utf8)
        return line
    }

    /// A text in JSON: quotation marks, backslashes and control characters must be escaped (RFC 8259, section 7).
    private static func quoted(_ text: String) -> String {
        var quoted = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"", "\\": quoted += "\\\(scalar)"
            case "\0"..<" ": quoted += escaped(scalar)
            default: quoted.unicodeScalars.append(scalar)
            }
        }
        return plain(quoted + "\"")
    }

    /// JSON in whose strings all characters that could act on a terminal are escaped.
    private static func plain(_ json: String) -> String {
        json.unicodeScalars.reduce(into: "") { text, scalar in
            if scalar.value < 0x7F { text.unicodeScalars.append(scalar) } else { text += escaped(scalar) }
        }
    }

    private static func escaped(_ scalar: Unicode.Scalar) -> String {
        String(scalar).utf16.map { "\\u" + Hexadecimal.text(UInt64($0), digits: 4) }.joined()
    }
}

/// Reads captures in JSON lines.
struct JSONLinesReader: ~Copyable {
    /// The most bytes of a line. They are enough for half a MiB that went over the serial line at once.
    static let lineLimit = 1 << 20
    /// The most bytes of a port's name: those of a path (`PATH_MAX`).
    private static let portNameLimit = 4096

    private struct Line: Decodable {
        let pwtransfer_capture: Int?
        let t: Double?
        let dir: String?
        let hex: String?
        let dropped: Bool?
        let corrupted: Bool?
        let port: String?
    }

    private var line: [UInt8] = []
    private var number: UInt64 = 0

    mutating func feed(_ bytes: Span<UInt8>, into events: inout [WireBytes]) throws(CaptureError) {
        for index in bytes.indices {
            let byte = bytes[index]
            if byte == UInt8(ascii: "\n") {
                number += 1
                if let event = try Self.event(line[...], number: number) { events.append(event) }
                line.removeAll(keepingCapacity: true)
            } else {
                guard line.count < Self.lineLimit else {
                    throw .badLine(number: number + 1, .tooLong)
                }
                line.append(byte)
            }
        }
    }

    /// Takes the last line. Returns whether the capture ends within this line, which is lost then.
    mutating func finish(into events: inout [WireBytes]) -> Bool {
        guard !line.isEmpty else { return false }
        do throws(CaptureError) {
            if let event = try Self.event(line[...], number: number + 1) { events.append(event) }
            return false
        } catch {
            return true
        }
    }

    /// The bytes in a line; `nil` if the line is empty or about the capture as a whole.
    static func event(_ line: ArraySlice<UInt8>, number: UInt64) throws(CaptureError) -> WireBytes? {
        guard line.contains(where: { $0 > UInt8(ascii: " ") }) else { return nil }
        let record: Line
        do { record = try JSONDecoder().decode(Line.self, from: Data(line)) } catch {
            throw .badLine(number: number, .noRecord)
        }
        guard record.pwtransfer_capture == nil else { return nil }
        // A capture lasts no longer than the nanoseconds of an `Instant`.
        guard let seconds = record.t, abs(seconds) < 9e9, let name = record.dir, let digits = record.hex,
            let bytes = Hexadecimal.bytes(digits)
        else { throw .badLine(number: number, .noRecord) }
        let direction: WireDirection
        switch name {
        case "c2s": direction = .toDevice
        case "s2c": direction = .toHost
        default: throw .badLine(number: number, .noRecord)
        }
        guard record.port?.utf8.count ?? 0 <= portNameLimit else { throw .badLine(number: number, .tooLong) }
        return WireBytes(
            time: Instant(nanoseconds: Int64((seconds * 1e6).rounded()) * 1000), direction: direction,
            bytes: bytes, isLost: record.dropped == true || record.corrupted == true,
            port: record.port)
    }
}
