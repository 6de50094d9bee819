internal import Synchronization
internal import TransferClient
internal import WireCapture

/// Records the decoded frames of one line, or of several, for `--trace`.
final class TraceRecording: Sendable {
    /// The file for the trace; `nil` for the console.
    let file: RecordFile?
    private let decoder: Mutex<WireDecoder>

    init(_ file: RecordFile?, _ configuration: WireDecoder.Configuration) {
        self.file = file
        decoder = Mutex(WireDecoder(configuration))
    }

    /// Records bytes of a line.
    ///
    /// - Returns: the items for the console, and why the file could not be written; `nil` after the first time.
    func record(_ event: WireBytes) -> (items: [WireItem], failure: FileError?) {
        decoder.withLock { decoder in
            var items: [WireItem] = []
            decoder.receive(event, into: &items)
            return put(items)
        }
    }

    /// Records the end of the line of a port.
    func finish(port: String?) -> (items: [WireItem], failure: FileError?) {
        decoder.withLock { decoder in
            var items: [WireItem] = []
            decoder.finish(port: port, into: &items)
            return put(items)
        }
    }

    private func put(_ items: [WireItem]) -> (items: [WireItem], failure: FileError?) {
        guard let file else { return (items, nil) }
        guard !items.isEmpty else { return ([], nil) }
        return ([], file.append(Array(items.map { $0.line + "\n" }.joined().utf8)))
    }
}
