internal import FoundationEssentials
internal import PigweedRPC
internal import PigweedTokenizer
internal import PigweedTransfer
internal import SerialPort
internal import TransferClient

/// An event of `--json`, which is a line of its own. `Documentation/events.schema.json` describes all events.
protocol JSONEvent: Encodable, Sendable {
    /// The kind of the event.
    var type: String { get }
}

/// When and on which port an event happened.
struct EventMoment: Encodable, Sendable {
    let port: String?
    /// The wall-clock time, in UTC.
    let time: String
    /// Seconds since the program began.
    let seconds: Double

    /// - Parameters:
    ///   - started: when the program began, as the time since 1970.
    ///   - elapsed: the time from then to the event.
    init(port: String?, started: Duration, elapsed: Duration) {
        self.port = port
        // The format does not round, so a little more than the millisecond keeps the last digit right.
        let milliseconds = ((started + elapsed) / .milliseconds(1)).rounded() + 0.25
        let time = Date(timeIntervalSince1970: milliseconds / 1000)
        self.time = time.formatted(Date.ISO8601FormatStyle(includingFractionalSeconds: true))
        seconds = JSONEvents.seconds(elapsed)
    }
}

/// The events of `--json` that several commands have.
enum JSONEvents {
    /// The version of the schema. It rises when a script that reads the events would have to change; new kinds of
    /// events and new fields do not count.
    static let schema = 1

    struct Start: JSONEvent {
        let type = "start"
        let schema = JSONEvents.schema
        let command: String
        let version: String
    }

    struct PortOpened: JSONEvent {
        let type = "port_opened"
    }

    struct Accepted: JSONEvent {
        let type = "accepted"
        let `protocol`: String
    }

    struct Progress: JSONEvent {
        let type = "progress"
        let phase: String
        let bytes: UInt64
        let total: UInt64?
        let rate: Double?
        let secondsLeft: Double?
        let linkErrors: Int

        init(_ snapshot: TransferSnapshot) {
            phase = snapshot.phase.rawValue
            bytes = snapshot.moved
            total = snapshot.total
            rate = snapshot.rate?.rounded()
            secondsLeft = snapshot.timeLeft.map(JSONEvents.seconds)
            linkErrors = snapshot.linkErrors
        }
    }

    struct Note: JSONEvent {
        let type = "note"
        let code: String
        let message: String
    }

    struct Log: JSONEvent {
        let type = "log"
        let level: String
        let message: String
    }

    struct DeviceOutput: JSONEvent {
        let type = "device_output"
        let text: String
        let level: String?
        let module: String?
        let file: String?
        let line: UInt32?
        let thread: String?
        let ticks: Int64?
        let lost: UInt32?

        init(_ message: LogMessage) {
            text = DeviceText.visible(message.text)
            level = message.level.map(LogText.name)
            module = message.module.map(DeviceText.visible)
            file = message.file.map(DeviceText.visible)
            line = message.line
            thread = message.thread.map(DeviceText.visible)
            ticks = message.ticks
            lost = message.lostCount
        }
    }

    /// How a command ended, or its work with one device.
    struct Result: JSONEvent {
        let type: String
        let port: String?
        let device: Int?
        let selector: String?
        let serialNumber: String?
        let durationSeconds: Double?
        let exitCode: Int32
        let verdict: String
        let bytes: UInt64
        let transfer: Transfer?
        let devices: Int?
        let failedDevices: Int?
        let verified: String?
        let skipped: Bool?
        let droppedMessages: Int?
        let error: Failure?

        init(_ result: CommandResult, of device: DeviceResult? = nil) {
            type = device == nil ? "result" : "device_result"
            port = device.map { $0.port ?? $0.device.name }
            self.device = device?.device.index
            selector = device?.device.selector.description
            serialNumber = device?.device.description?.serialNumber
            durationSeconds = device.map { JSONEvents.seconds($0.outcome.elapsed) }
            exitCode = result.exitCode
            verdict = result.verdict.rawValue
            bytes = result.moved
            transfer = result.report.map(Transfer.init)
            devices = result.devices?.count
            failedDevices = result.devices?.failed
            verified = result.verified?.name
            skipped = result.isSkipped ? true : nil
            droppedMessages = result.droppedMessages > 0 ? result.droppedMessages : nil
            error = result.problem.map(Failure.init)
        }
    }

    /// The figures of the closing report.
    struct Transfer: Encodable, Sendable {
        let direction: String
        let resource: UInt32
        let offset: UInt64
        let `protocol`: String?
        let total: UInt64?
        let rate: Double
        let durationSeconds: Double
        let preparationSeconds: Double
        let longestStallSeconds: Double
        let retransmissions: Int
        let duplicateBytes: Int
        let bytesRepeated: UInt64
        let damagedFrames: Int
        let strayBytes: Int
        let reconnections: Int
        let bottleneck: String?

        init(_ report: TransferReport) {
            direction = report.request.direction == .read ? "read" : "write"
            resource = report.request.resource
            offset = report.request.initialOffset
            `protocol` = report.version.map(JSONEvents.name)
            total = report.progress.total
            rate = (Double(report.progress.moved) / max(1e-6, report.duration / .seconds(1))).rounded()
            durationSeconds = JSONEvents.seconds(report.duration)
            preparationSeconds = JSONEvents.seconds(report.timing[.preparation])
            longestStallSeconds = JSONEvents.seconds(report.longestStall)
            retransmissions = report.statistics.repeats
            duplicateBytes = report.statistics.duplicateBytes
            bytesRepeated = report.bytesRepeated
            damagedFrames = report.statistics.damagedFrames
            strayBytes = report.statistics.strayBytes
            reconnections = report.reconnects
            bottleneck = report.bottleneck?.rawValue
        }
    }

    /// Why a command failed.
    struct Failure: Encodable, Sendable {
        let code: String
        let status: String?
        let message: String
        let cause: String?
        let hint: String?

        init(_ problem: Problem) {
            code = problem.code.rawValue
            status = problem.deviceStatus?.description
            message = problem.message
            cause = problem.cause
            hint = problem.hint
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
