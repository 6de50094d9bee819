internal import PigweedRPC
internal import TransferClient

extension CaptureOptions {
    private var isRecording: Bool { trace != nil || capture != nil }

    /// The recordings of a single device; `nil` if nothing is recorded. Creates the files at once, so that an error
    /// is found before the device is touched.
    func recordings(
        of port: PortOptions, _ configuration: RPCClient.Configuration
    ) throws(Failure) -> LineRecordings? {
        guard isRecording else { return nil }
        try checkApart(from: [], of: port)
        func file(_ pattern: String, _ option: String) throws(Failure) -> RecordFile {
            let name = OutputName(pattern, option: option)
            let path = try name.resolve(for: port.port, mayAppear: port.wait != nil)
            return try Self.create(path, option)
        }
        var recordings = LineRecordings(clock: RecordingClock())
        if let trace {
            let file = try trace.path.map { path throws(Failure) in try file(path, "--trace") }
            recordings.trace = TraceRecording(file, address: configuration.address)
        }
        if let capture {
            recordings.capture = CaptureRecording(
                try file(capture, "--capture"), ports: [], started: recordings.clock.started)
        }
        return recordings
    }

    /// The recordings of each of several devices, or the failure to record this device; `nil` if nothing is recorded. A
    /// file with a placeholder in its name is for one device, any other file is for all.
    ///
    /// - Parameters:
    ///   - mayAppear: whether the command waits for absent devices.
    ///   - files: the other files of the command.
    func recordings(
        of devices: [TrayDevice], mayAppear: Bool, apartFrom files: [String],
        _ configuration: RPCClient.Configuration
    ) throws(Failure) -> [Result<LineRecordings, Failure>]? {
        guard isRecording else { return nil }
        try checkApart(from: files) { name throws(Failure) in
            try name.names(for: devices, mayAppear: mayAppear)
        }
        let clock = RecordingClock()
        var results = devices.map { _ in Result<LineRecordings, Failure>.success(LineRecordings(clock: clock))
        }
        if let trace {
            let name = trace.path.map { OutputName($0, option: "--trace") }
            if let name, name.hasPlaceholder {
                try Self.addFiles(name, to: &results, of: devices, mayAppear) { recordings, file in
                    recordings.trace = TraceRecording(file, address: configuration.address)
                }
            } else {
                let file = try name.map { name throws(Failure) in try Self.create(name.pattern, name.option) }
                let recording = TraceRecording(file, address: configuration.address)
                Self.share(&results) { recordings, index in
                    recordings.trace = recording
                    recordings.traceName = devices[index].name
                }
            }
        }
        if let capture {
            let name = OutputName(capture, option: "--capture")
            if name.hasPlaceholder {
                try Self.addFiles(name, to: &results, of: devices, mayAppear) { recordings, file in
                    recordings.capture = CaptureRecording(file, ports: [], started: clock.started)
                }
            } else {
                let recording = CaptureRecording(
                    try Self.create(capture, name.option), ports: devices.map(\.name), started: clock.started)
                Self.share(&results) { recordings, index in
                    recordings.capture = recording
                    recordings.captureIndex = index
                }
            }
        }
        return results
    }

    /// Adds a recording that all devices share.
    private static func share(
        _ results: inout [Result<LineRecordings, Failure>], add: (inout LineRecordings, Int) -> Void
    ) {
        for (index, result) in results.enumerated() {
            guard case .success(var recordings) = result else { continue }
            add(&recordings, index)
            results[index] = .success(recordings)
        }
    }

    /// Creates a file for each device, and adds it to the device's recordings.
    private static func addFiles(
        _ name: OutputName, to results: inout [Result<LineRecordings, Failure>], of devices: [TrayDevice],
        _ mayAppear: Bool, add: (inout LineRecordings, RecordFile) -> Void
    ) throws(Failure) {
        for (index, path) in try name.resolve(for: devices, mayAppear: mayAppear).enumerated() {
            switch (results[index], path) {
            case (.success(var recordings), .success(let path)):
                add(&recordings, try create(path, name.option))
                results[index] = .success(recordings)
            case (.success, .failure(let failure)): results[index] = .failure(failure)
            case (.failure, _): break
            }
        }
    }

    /// Refuses to record into another file of the command, once the device has completed the names of the files.
    ///
    /// - Parameter files: the other files of the command.
    func checkApart(from files: [String], of port: PortOptions) throws(Failure) {
        try checkApart(from: files) { name throws(Failure) in
            [try name.resolve(for: port.port, mayAppear: port.wait != nil)]
        }
    }

    private func checkApart(
        from files: [String], names: (OutputName) throws(Failure) -> [String]
    ) throws(Failure) {
        var taken = files.map { (owner: "a file of the transfer itself", file: FileIdentity($0)) }
        for case (let option, let path?) in self.files {
            let recordings = try names(OutputName(path, option: option))
            for path in recordings {
                let file = FileIdentity(path)
                guard let other = taken.first(where: { file.excludes($0.file) }) else { continue }
                throw .usage(.recordsOver(owner: other.owner, option: option, path: path))
            }
            taken += recordings.map { (owner: "the file of \(option)", file: FileIdentity($0)) }
        }
    }

    private static func create(_ path: String, _ option: String) throws(Failure) -> RecordFile {
        try Failure.ofFile(try RecordFile(path), of: option)
    }
}
