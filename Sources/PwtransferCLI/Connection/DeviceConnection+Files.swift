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

    /// Finds a resource. A path is looked up on the device.
    func resource(_ target: ResourceTarget, patience: CallPatience) throws(Failure) -> FoundResource {
        let path: String
        switch target {
        case .number(let number): return FoundResource(number: number)
        case .path(let name): path = name
        }
        let entry = try files(at: path, patience: patience, failure: "\(path) was not found") {
            files throws(DeviceFilesError) in try files.file(path)
        }
        guard let id = entry.id else { throw .noResource(path: path) }
        output.log(.info, "\(DeviceText.visible(path)) is resource \(id)")
        return FoundResource(number: id, path: path, patience: patience)
    }

    /// Returns a function that looks up the path of a resource again; `nil` for a resource without a path.
    func confirmation(
        of resource: FoundResource
    ) -> TransferLoop.Options.Confirmation? {
        guard let path = resource.path else { return nil }
        return { [self] loop, report, silence in
            var options = callOptions(resource.patience)
            if silence != nil { options.attempts = .max }
            let left = remaining.map { max(.zero, $0 - report.duration) }
            options.deadline = [left, silence].compactMap(\.self).min() ?? options.deadline
            do throws(DeviceFilesError) {
                let file = try files(over: &loop, options) { files throws(DeviceFilesError) in
                    try files.file(path)
                }
                return file.id == resource.number ? nil : .pathNotConfirmed(path)
            } catch {
                output.log(.info, "\(DeviceText.visible(path)) was not found again: \(error)")
                switch error {
                case .call(.link(let failure)): return .link(failure)
                case .call(.interrupted(let signal)): return .interrupted(signal: signal)
                case .call(.deadline) where options.deadline == left: return deadline.map { .deadline($0) }
                case .call(.deadline) where silence != nil: return .transfer(.noAnswer)
                default: return .pathNotConfirmed(path)
                }
            }
        }
    }
}

/// A resource of the device.
struct FoundResource {
    let number: UInt32
    /// The path by which the resource was found; `nil` if the user gave its number.
    var path: String?
    /// How long to wait when the path has to be looked up again.
    var patience = CallPatience.neededStatus
}
