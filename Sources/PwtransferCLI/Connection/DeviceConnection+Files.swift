internal import PigweedFileSystem
internal import PigweedTransfer
internal import SerialPort
internal import TransferClient

/// Calls about the files of the device, and what their paths stand for.
extension DeviceConnection {
    /// Makes calls about the files of the device.
    ///
    /// - Parameters:
    ///   - path: the file or folder that the calls are about, if they are about one.
    ///   - failure: what did not happen if the calls fail, as the beginning of a sentence.
    func files<Result>(
        at path: String?, patience: CallPatience, failure: String,
        _ ask: (inout DeviceFiles) throws(DeviceFilesError) -> Result
    ) throws(Failure) -> Result {
        let start = MonotonicClock.now
        defer { spent += MonotonicClock.now - start }
        do throws(DeviceFilesError) {
            return try files(over: &loop, callOptions(patience), ask)
        } catch {
            throw .deviceFiles(error, subject: failure, path: path)
        }
    }

    private func files<Result>(
        over loop: inout TransferLoop, _ options: CallLoop.Options,
        _ ask: (inout DeviceFiles) throws(DeviceFilesError) -> Result
    ) throws(DeviceFilesError) -> Result {
        try loop.withCalls { calls throws(DeviceFilesError) in
            var files = DeviceFiles(over: transport, configuration: configuration, options: options)
            swap(&files.calls, &calls)
            defer { swap(&files.calls, &calls) }
            return try ask(&files)
        }
    }

    /// The number of a resource. A path is looked up on the device.
    func number(of target: ResourceTarget, patience: CallPatience) throws(Failure) -> UInt32 {
        let path: String
        switch target {
        case .number(let number): return number
        case .path(let name): path = name
        }
        let entry = try files(at: path, patience: patience, failure: "\(path) was not found") {
            files throws(DeviceFilesError) in try files.file(path)
        }
        guard let id = entry.id else { throw .noResource(path: path) }
        output.log(.info, "\(DeviceText.visible(path)) is resource \(id)")
        note(path, for: id, patience: patience)
        return id
    }

    /// Why a transfer that is over does not count: after a restart of the device, the path of the resource may stand for
    /// another one.
    func objection(
        to report: TransferReport, over loop: inout TransferLoop
    ) -> TransferError.Reason? {
        noteRestarts(report)
        guard hasRestarted, let (path, patience) = paths[report.request.resource] else { return nil }
        var options = callOptions(patience)
        if let remaining { options.deadline = max(.zero, remaining - report.duration) }
        do throws(DeviceFilesError) {
            let file = try files(over: &loop, options) { files throws(DeviceFilesError) in
                try files.file(path)
            }
            if file.id == report.request.resource { return nil }
        } catch {
            output.log(.info, "\(DeviceText.visible(path)) was not found again: \(error)")
        }
        return .pathNotConfirmed(path)
    }

    /// Notes that the path of a file stands for this resource.
    ///
    /// - Parameter patience: how long to wait when the path has to be looked up again.
    func note(_ path: String, for resource: UInt32, patience: CallPatience) {
        paths[resource] = (path, patience)
    }
}
