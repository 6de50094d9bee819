internal import PigweedTransfer
internal import Synchronization
internal import TransferClient
internal import WireCapture

/// All bytes on one line, or on several, for `--capture`.
final class CaptureRecording: Sendable {
    /// Both are `nil` before a line is open.
    private struct Writers {
        var jsonLines: JSONLinesWriter?
        var pcapng: PcapngWriter?
    }

    let file: RecordFile
    private let ports: [String]
    private let started: Instant
    private let writers = Mutex(Writers())

    /// - Parameters:
    ///   - ports: what the lines are called; empty for one that is called as it is opened.
    ///   - started: the wall clock at time 0, since 1970.
    init(_ file: RecordFile, ports: [String], started: Instant) {
        self.file = file
        self.ports = ports
        self.started = started
    }

    /// Begins the file with its header, if it has not begun.
    ///
    /// - Parameter port: the line that is open now.
    /// - Returns: why the file could not be written, the first time.
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

    /// Takes bytes that went over a line.
    ///
    /// - Parameter port: the place of the line among all.
    /// - Returns: why the file could not be written, the first time.
    func record(_ bytes: [UInt8], _ direction: WireDirection, port: Int, at time: Instant) -> FileError? {
        writers.withLock { writers in
            let record =
                writers.pcapng?.record(bytes.span, direction, port: port, at: time)
                ?? writers.jsonLines?.record(bytes.span, direction, port: port, at: time)
            guard let record, !record.isEmpty else { return nil }
            return file.append(record)
        }
    }

    /// Takes the end of a line.
    func finish(port: Int) -> FileError? {
        writers.withLock { writers in
            guard let rest = writers.pcapng?.finish(port: port), !rest.isEmpty else { return nil }
            return file.append(rest)
        }
    }
}
