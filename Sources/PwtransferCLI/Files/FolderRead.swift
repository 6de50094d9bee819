internal import PigweedFileSystem
internal import PigweedTransfer
internal import SerialPort
internal import TransferClient

/// Reads the files of a folder of the device, one after the other. A file that fails does not stop the others.
struct FolderRead {
    private struct Failure {
        let path: String
        let problem: Problem
    }

    /// Files in a row for which the device may be silent before the rest is given up.
    private static let silenceLimit = 3
    /// Failures that are named at the end.
    private static let namedFailures = 5

    private let path: String
    private let folder: OutputFolder
    private let connection: DeviceConnection
    private let makeRequest: (UInt32) -> TransferRequest
    private let start = MonotonicClock.now

    /// As bytes, since Swift takes some strings for equal that are different names for a file system.
    private var usedNames: Set<[UInt8]> = []
    private var readCount = 0
    private var skippedCount = 0
    private var moved: UInt64 = 0
    private var failures: [Failure] = []
    private var silentCount = 0

    init(
        _ path: String, into folder: OutputFolder, over connection: DeviceConnection,
        makeRequest: @escaping (UInt32) -> TransferRequest
    ) {
        self.path = path
        self.folder = folder
        self.connection = connection
        self.makeRequest = makeRequest
    }

    /// Reads the files.
    ///
    /// - Throws: a problem with the exit code of the one that weighs most, if not all were read.
    mutating func run(_ entries: [FileEntry]) throws(Problem) {
        for (index, entry) in entries.enumerated() {
            guard entry.permissions?.contains(.read) ?? true else {
                skip(entry)
                continue
            }
            do throws(Problem) {
                try read(entry)
            } catch {
                fail(entry, error)
                if let reason = reasonToStop(error) {
                    throw conclusion(notTried: entries.count - index - 1, reason: reason)
                }
            }
        }
        guard failures.isEmpty else { throw conclusion(notTried: 0, reason: nil) }
        connection.tell(.note(.folderRead, summary))
    }

    private mutating func read(_ entry: FileEntry) throws(Problem) {
        guard let id = entry.id else { throw .withoutResource(entry.path) }
        guard let components = LocalName.components(of: entry.path, in: path) else {
            throw Problem(
                status: .deviceRefused, message: "a file has no name", cause: "a fault of the firmware",
                hint: "read it by its number: \(Program.name) read \(id) -o FILE", code: "unsafe_name")
        }
        let file = folder.path(of: components)
        guard usedNames.insert(Array(file.utf8)).inserted else {
            throw Problem(
                status: .deviceRefused, message: "the device lists \(entry.path) more than once",
                cause: "the first of them was read",
                hint: "read it by its number: \(Program.name) read \(id) -o FILE",
                code: "name_used_twice")
        }
        let sink: FileSink
        do throws(FileError) { sink = try folder.sink(for: components) } catch { throw Problem(error) }
        connection.tell(
            .note(.fileBegins, "\(DeviceText.visible(entry.path)) to \(DeviceText.visible(file))"))
        let request = makeRequest(id)
        let report = try connection.transfer { (loop, options) throws(TransferError) in
            try loop.read(request, into: sink, options: options)
        }
        readCount += 1
        moved += report.progress.moved
        silentCount = 0
        emit(entry, file: file, bytes: report.progress.moved)
    }

    private mutating func skip(_ entry: FileEntry) {
        skippedCount += 1
        connection.tell(.note(.fileSkipped, "skipped \(DeviceText.visible(entry.path)): it cannot be read"))
        emit(entry, isSkipped: true)
    }

    private mutating func fail(_ entry: FileEntry, _ problem: Problem) {
        failures.append(Failure(path: entry.path, problem: problem))
        connection.tell(
            .note(
                .fileFailed,
                "failed: \(DeviceText.visible(entry.path)): \(Self.text(problem))"))
        emit(entry, problem: problem)
    }

    private func emit(
        _ entry: FileEntry, file: String? = nil, bytes: UInt64 = 0, isSkipped: Bool = false,
        problem: Problem? = nil
    ) {
        connection.emit(
            FileEvents.FileRead(
                port: connection.port, path: entry.path, file: file,
                exitCode: (problem?.status ?? .done).rawValue, bytes: bytes, skipped: isSkipped,
                error: problem.map(JSONEvents.Failure.init)), .result)
    }

    /// What failed, and for a file on this side also why: a limit of the system is named there.
    private static func text(_ problem: Problem) -> String {
        let cause = problem.status == .cannotWriteOutput ? problem.cause.map { " (\($0))" } ?? "" : ""
        return DeviceText.visible(problem.message) + cause
    }

    /// Why the files that remain would fail as well.
    private mutating func reasonToStop(_ problem: Problem) -> String? {
        switch problem.status {
        case .interrupted: return "stopped on request"
        case .linkBroke: return "the line to the device is gone"
        case .temporary where problem.code == "deadline": return "there is no time left"
        case .temporary:
            silentCount += 1
            return silentCount < Self.silenceLimit ? nil : "the device has fallen silent"
        default: return nil
        }
    }

    private var summary: String {
        var text =
            "read \(readCount) files of \(DeviceText.visible(path)), \(Quantity.bytes(moved)) in "
            + Quantity.time(MonotonicClock.now - start)
        if skippedCount > 0 { text += ", skipped \(skippedCount)" }
        if !failures.isEmpty { text += ", failed \(failures.count)" }
        return text
    }

    private func conclusion(notTried: Int, reason: String?) -> Problem {
        connection.tell(.note(.folderRead, summary + (notTried > 0 ? ", not tried \(notTried)" : "")))
        let worst = failures.map(\.problem).max { $0.status.weight < $1.status.weight }
        var causes = failures.prefix(Self.namedFailures).map {
            "\(DeviceText.visible($0.path)): \(Self.text($0.problem))"
        }
        if failures.count > Self.namedFailures {
            causes.append("and \(failures.count - Self.namedFailures) more")
        }
        let total = readCount + skippedCount + failures.count + notTried
        return Problem(
            status: worst?.status ?? .deviceRefused,
            message: "\(failures.count + notTried) of \(total) files were not read"
                + (reason.map { ", since \($0)" } ?? ""),
            cause: causes.joined(separator: "; "), hint: worst?.hint, code: "files_not_read",
            deviceStatus: worst?.deviceStatus)
    }
}
