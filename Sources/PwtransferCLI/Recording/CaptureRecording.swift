internal import PigweedTransfer
internal import Synchronization
internal import TransferClient
internal import WireCapture

/// Records all bytes on one line, or on several, for `--capture`.
final class CaptureRecording: Sendable {
    let file: RecordFile
    private let ports: [String]
    private let started: Instant
    /// The writer for the format of the file. Both are `nil` until a line is open.
    private let writers = Mutex<(jsonLines: JSONLinesWriter?, pcapng: PcapngWriter?)>((nil, nil))

    /// - Parameters:
    ///   - ports: the names of the lines; empty for a single line, which gets its name when it is opened.
    ///   - started: the wall-clock time at time 0, since 1970.
    init(_ file: RecordFile, ports: [String], started: Instant) {
        self.file = file
        self.ports = ports
        self.started = started
    }

    /// Writes the header of the file, if that has not been done.
    ///
    /// - Parameter port: the name of the line that is open now.
    /// - Returns: why the file could not be written; `nil` after the first time.
    func begin(_ port: String) -> FileError? {
        writers.withLock { writers in
            guard writers.jsonLines == nil, writers.pcapng == nil else { return nil }
            let ports = ports.isEmpty ? [port] : ports
            if file.path.lowercased().hasSuffix(".pcapng") {
                let pcapng = PcapngWriter(ports: ports, started: started)
                writers.pcapng = pcapng
                return file.append(pcapng.header(application: "\(Program.name) \(Program.version)"))
            }
            let jsonLines = JSONLinesWriter(ports: ports, started: started)
            writers.jsonLines = jsonLines
            return file.append(jsonLines.header())
        }
    }

    /// Records bytes that went over a line.
    ///
    /// - Parameter port: the index of the line.
    /// - Returns: why the file could not be written; `nil` after the first time.
    func record(_ bytes: [UInt8], _ direction: WireDirection, port: Int, at time: Instant) -> FileError? {
        writers.withLock { writers in
            let record =
                writers.pcapng?.record(bytes.span, direction, port: port, at: time)
                ?? writers.jsonLines?.record(bytes.span, direction, port: port, at: time)
            guard let record, !record.isEmpty else { return nil }
            return file.append(record)
        }
    }

    /// Records the end of a line.
    func finish(port: Int) -> FileError? {
        writers.withLock { writers in
            guard let rest = writers.pcapng?.finish(port: port), !rest.isEmpty else { return nil }
            return file.append(rest)
        }
    }
}
