internal import FoundationEssentials
internal import PigweedRPC
internal import PigweedTokenizer
internal import PigweedTransfer
internal import SerialPort
internal import TransferClient
internal import WireCapture

/// A JSON object. A field without a value is left out.
struct JSONObject: Encodable, Sendable, ExpressibleByDictionaryLiteral {
    private struct Name: CodingKey {
        let stringValue: String
        var intValue: Int? { nil }

        init(stringValue: String) {
            self.stringValue = stringValue
        }

        init?(intValue: Int) { nil }
    }

    private let fields: [(name: String, value: any Encodable & Sendable)]

    init(dictionaryLiteral fields: (String, (any Encodable & Sendable)?)...) {
        self.fields = fields.compactMap { name, value in value.map { (name, $0) } }
    }

    func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: Name.self)
        for (name, value) in fields { try container.encode(value, forKey: Name(stringValue: name)) }
    }
}

/// An event of `--json`, which is a line of its own. `Documentation/events.schema.json` describes all events.
///
/// The events that several commands have are made here, the others beside what they are about.
struct JSONEvent: Sendable {
    /// The kind of the event.
    let type: String
    let fields: any Encodable & Sendable

    init(_ type: String, _ fields: JSONObject = [:]) {
        self.type = type
        self.fields = fields
    }

    init(_ record: WireRecord) {
        type = record.type
        fields = record
    }

    /// The text of the event, with its keys in alphabetical order.
    ///
    /// - Parameters:
    ///   - port: the port on which the event happened.
    ///   - started: when the program began, as the time since 1970.
    ///   - elapsed: the time from then to the event.
    func line(of port: String?, started: Duration, elapsed: Duration) -> String {
        // The format does not round, so a little more than the millisecond keeps the last digit right.
        let milliseconds = ((started + elapsed) / .milliseconds(1)).rounded() + 0.25
        let time = Date(timeIntervalSince1970: milliseconds / 1000)
        let moment: JSONObject = [
            "type": type, "port": port,
            "time": time.formatted(Date.ISO8601FormatStyle(includingFractionalSeconds: true)),
            "seconds": Self.seconds(elapsed),
        ]
        let encoder = JSONEncoder()
        encoder.keyEncodingStrategy = .convertToSnakeCase
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        do {
            let object = try encoder.encode(JoinedObjects(objects: [fields, moment]))
            return DeviceText.visibleInJSON(String(decoding: object, as: UTF8.self))
        } catch {
            // Only numbers that are not finite cannot be encoded. A line without details is better than no line.
            return #"{"type":"\#(type)"}"#
        }
    }

    /// A time in seconds, to the millisecond.
    static func seconds(_ duration: Duration) -> Double {
        (Double(duration.saturatedNanoseconds) / 1e6).rounded() / 1000
    }

    static func name(_ version: ProtocolVersion) -> String {
        version == .legacy ? "legacy" : "v2"
    }
}

/// The fields of several objects as one object.
private struct JoinedObjects: Encodable {
    let objects: [any Encodable]

    func encode(to encoder: any Encoder) throws {
        for object in objects { try object.encode(to: encoder) }
    }
}

extension JSONEvent {
    /// The version of the schema. It rises when a script that reads the events would have to change; new kinds of
    /// events and new fields do not count.
    private static let schema = 1

    static func start(command: String, version: String) -> JSONEvent {
        JSONEvent("start", ["schema": schema, "command": command, "version": version])
    }

    static func progress(_ snapshot: TransferSnapshot) -> JSONEvent {
        JSONEvent(
            "progress",
            [
                "phase": snapshot.phase.rawValue, "bytes": snapshot.moved, "total": snapshot.total,
                "rate": snapshot.rate?.rounded(), "seconds_left": snapshot.timeLeft.map(seconds),
                "link_errors": snapshot.linkErrors,
            ])
    }

    static func note(code: String, _ message: String) -> JSONEvent {
        JSONEvent("note", ["code": code, "message": message])
    }

    static func log(_ level: LogLevel, _ message: String) -> JSONEvent {
        JSONEvent("log", ["level": level.rawValue, "message": message])
    }

    static func deviceOutput(_ message: LogMessage) -> JSONEvent {
        JSONEvent(
            "device_output",
            [
                "text": DeviceText.visible(message.text),
                "level": message.level.map { LogText.form(of: $0).name },
                "module": message.module.map(DeviceText.visible),
                "file": message.file.map(DeviceText.visible),
                "line": message.line, "thread": message.thread.map(DeviceText.visible),
                "ticks": message.ticks, "lost": message.lostCount,
            ])
    }

    /// How a command ended, or its work with one device.
    static func result(_ result: CommandResult, of device: DeviceResult? = nil) -> JSONEvent {
        JSONEvent(
            device == nil ? "result" : "device_result",
            [
                "port": device.map { $0.port ?? $0.device.name },
                "device": device?.device.index,
                "selector": device?.device.selector.description,
                "serial_number": device?.device.description?.serialNumber,
                "duration_seconds": device.map { seconds($0.outcome.elapsed) },
                "exit_code": result.exitCode,
                "verdict": result.verdict.rawValue,
                "bytes": result.moved,
                "transfer": result.report.map(figures),
                "devices": result.devices?.count,
                "failed_devices": result.devices?.failed,
                "verified": result.verified?.name,
                "skipped": result.isSkipped ? true : nil,
                "dropped_messages": result.droppedMessages > 0 ? result.droppedMessages : nil,
                "error": result.problem.map(\.json),
            ])
    }

    /// The figures of the closing report.
    private static func figures(_ report: TransferReport) -> JSONObject {
        [
            "direction": report.request.direction == .read ? "read" : "write",
            "resource": report.request.resource,
            "offset": report.request.initialOffset,
            "protocol": report.version.map(name),
            "total": report.progress.total,
            "rate": (Double(report.progress.moved) / max(1e-6, report.duration / .seconds(1))).rounded(),
            "duration_seconds": seconds(report.duration),
            "preparation_seconds": seconds(report.timing[.preparation]),
            "longest_stall_seconds": seconds(report.longestStall),
            "retransmissions": report.statistics.repeats,
            "duplicate_bytes": report.statistics.duplicateBytes,
            "bytes_repeated": report.bytesRepeated,
            "damaged_frames": report.statistics.damagedFrames,
            "stray_bytes": report.statistics.strayBytes,
            "reconnections": report.reconnects,
            "bottleneck": report.bottleneck?.rawValue,
        ]
    }
}

extension Problem {
    /// The problem as the `error` of an event.
    var json: JSONObject {
        [
            "code": code.rawValue, "status": deviceStatus?.description, "message": message, "cause": cause,
            "hint": hint,
        ]
    }
}
