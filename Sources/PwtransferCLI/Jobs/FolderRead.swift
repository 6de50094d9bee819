internal import PigweedFileSystem
internal import PigweedTransfer
internal import SerialPort
internal import TransferClient

/// Reads the files of a folder of the device, one after the other. A file that fails does not stop the others.
struct FolderRead {
    /// The rest is given up if the device was silent for this many files in a row.
    private static let silenceLimit = 3

    private let path: String
    private let folder: OutputFolder
    private let connection: DeviceConnection
    /// Whether the device removes the files that were read.
    private let isRemoving: Bool
    /// How long to wait for answers about files.
    private let patience: CallPatience
    private let makeRequest: (UInt32) -> TransferRequest
    private let start = MonotonicClock.now

    /// The names as bytes: Swift treats some strings as equal that are different names in a file system.
    private var usedNames: Set<[UInt8]> = []
    private var readCount = 0
    private var skippedCount = 0
    private var moved: UInt64 = 0
    private var failures: [(path: String, problem: Problem)] = []
    private var silentCount = 0

    init(
        _ path: String, into folder: OutputFolder, over connection: DeviceConnection, isRemoving: Bool,
        patience: CallPatience, makeRequest: @escaping (UInt32) -> TransferRequest
    ) {
        self.path = path
        self.folder = folder
        self.connection = connection
        self.isRemoving = isRemoving
        self.patience = patience
        self.makeRequest = makeRequest
    }

    /// Reads the files.
    ///
    /// - Throws: a failure of the whole folder, if files were not read.
    mutating func run(_ entries: [FileEntry]) throws(Failure) {
        for (index, entry) in entries.enumerated() {
            guard entry.permissions?.contains(.read) ?? true else {
                skip(entry)
                continue
            }
            do throws(Failure) {
                try read(entry)
            } catch {
                fail(entry, Problem(error))
                if let reason = reasonToStop(error) {
                    throw conclusion(notTried: entries.count - index - 1, reason: reason)
                }
            }
        }
        guard failures.isEmpty else { throw conclusion(notTried: 0, reason: nil) }
        connection.output.note(.folderRead, summary)
    }

    private mutating func read(_ entry: FileEntry) throws(Failure) {
        let resource = try resource(of: entry)
        guard let components = LocalName.components(of: entry.path, in: path) else {
            throw .unsafeName(id: resource.number)
        }
        let file = folder.path(of: components)
        guard usedNames.insert(Array(file.utf8)).inserted else {
            throw .nameUsedTwice(path: entry.path, id: resource.number)
        }
        let sink = try Failure.ofFile(try folder.sink(for: components))
        connection.output.note(
            .fileBegins, "\(DeviceText.visible(entry.path)) to \(DeviceText.visible(file))")
        let request = makeRequest(resource.number)
        let report = try connection.transfer(of: resource) { (loop, options) throws(TransferError) in
            try loop.read(request, into: sink, options: options)
        }
        if isRemoving { try remove(entry, resource, storedAs: file, report) }
        readCount += 1
        moved += report.progress.moved
        silentCount = 0
        emit(entry, file: file, bytes: report.progress.moved)
    }

    /// The resource of a file, as it was listed. After a restart of the device, its number may be another one.
    private func resource(of entry: FileEntry) throws(Failure) -> FoundResource {
        if connection.hasRestarted { return try connection.resource(.path(entry.path), patience: patience) }
        guard let id = entry.id else { throw .noResource(path: entry.path) }
        return FoundResource(number: id, path: entry.path, patience: patience)
    }

    /// Removes a file from the device. Its copy here is complete, on the disk, and has its final name. The path must
    /// still stand for the resource that was read.
    private func remove(
        _ entry: FileEntry, _ resource: FoundResource, storedAs file: String, _ report: TransferReport
    ) throws(Failure) {
        // A device that does not know the size of a file lists 0.
        if let size = entry.size, size > 0, UInt64(size) != report.progress.moved {
            throw .sizeDiffers(path: entry.path, listed: UInt64(size), read: report.progress.moved)
        }
        let failure = "\(entry.path) is stored here as \(file), but was not removed on the device"
        try connection.files(at: entry.path, patience: patience, failure: failure) {
            files throws(DeviceFilesError) in
            guard try files.file(entry.path).id == resource.number else { throw .otherResource }
        }
        try connection.remove(entry.path, patience: patience, failure: failure)
    }

    private mutating func skip(_ entry: FileEntry) {
        skippedCount += 1
        connection.output.note(.fileSkipped, "skipped \(DeviceText.visible(entry.path)): it cannot be read")
        emit(entry, isSkipped: true)
    }

    private mutating func fail(_ entry: FileEntry, _ problem: Problem) {
        failures.append((entry.path, problem))
        connection.output.note(
            .fileFailed,
            "failed: \(DeviceText.visible(entry.path)): \(problem.sentence)")
        emit(entry, problem: problem)
    }

    private func emit(
        _ entry: FileEntry, file: String? = nil, bytes: UInt64 = 0, isSkipped: Bool = false,
        problem: Problem? = nil
    ) {
        connection.output.emit(
            JSONEvent(
                "file_read",
                [
                    "path": entry.path, "file": file,
                    "exit_code": (problem?.status ?? .done).rawValue, "bytes": bytes, "skipped": isSkipped,
                    "error": problem.map(\.json),
                ]), .result)
    }

    /// Why the remaining files would fail as well; `nil` to continue with them.
    private mutating func reasonToStop(_ failure: Failure) -> String? {
        if case .sizeDiffers = failure { return nil }
        switch Problem(failure).status {
        case .interrupted: return "stopped on request"
        case .linkBroke: return "the line to the device is gone"
        case .temporary where failure.isDeadline: return "there is no time left"
        default: break
        }
        silentCount = failure.isSilence ? silentCount + 1 : 0
        return silentCount < Self.silenceLimit ? nil : "the device has fallen silent"
    }

    private var summary: String {
        var text =
            "read \(readCount) files of \(DeviceText.visible(path)), \(Quantity.bytes(moved)) in "
            + Quantity.time(MonotonicClock.now - start)
        if skippedCount > 0 { text += ", skipped \(skippedCount)" }
        if !failures.isEmpty { text += ", failed \(failures.count)" }
        return text
    }

    private func conclusion(notTried: Int, reason: String?) -> Failure {
        connection.output.note(.folderRead, summary + (notTried > 0 ? ", not tried \(notTried)" : ""))
        return .folder(
            UnreadFiles(
                failures: failures, notTried: notTried,
                total: readCount + skippedCount + failures.count + notTried, reason: reason,
                mayBeUnremoved: isRemoving))
    }
}
