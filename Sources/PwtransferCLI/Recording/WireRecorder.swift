internal import PigweedTransfer
internal import SerialPort
internal import TransferClient
internal import WireCapture

/// Records the bytes on a line: decoded for `--trace`, unchanged for `--capture`.
///
/// If a file cannot be written, the transfer continues. The error is reported at once, and the command fails at the
/// end.
final class WireRecorder: Sendable {
    private let output: Output
    private let recordings: LineRecordings

    init(telling output: Output, _ recordings: LineRecordings) {
        self.output = output
        self.recordings = recordings
    }

    /// A transport that records everything that goes over this one.
    func tap(_ transport: any ByteTransport) -> any ByteTransport {
        tell(recordings.capture?.begin(transport.name))
        return WireTap(transport, recorder: self)
    }

    fileprivate func record(_ bytes: [UInt8], _ direction: WireDirection, of port: String) {
        recordings.clock.record { time in
            if let capture = recordings.capture {
                tell(capture.record(bytes, direction, port: recordings.captureIndex, at: time))
            }
            guard let trace = recordings.trace else { return }
            let event = WireBytes(time: time, direction: direction, bytes: bytes, port: recordings.traceName)
            let (items, failure) = trace.record(event)
            tell(failure)
            tell(items, of: port)
        }
    }

    fileprivate func finish(_ port: String) {
        recordings.clock.record { _ in
            tell(recordings.capture?.finish(port: recordings.captureIndex))
            guard let (items, failure) = recordings.trace?.finish(port: recordings.traceName) else { return }
            tell(failure)
            tell(items, of: port)
        }
    }

    private func tell(_ items: [WireItem], of port: String) {
        for var item in items {
            if output.isJSON {
                if item.port != nil { item.port = port }
                output.emit(JSONEvent(WireRecord(item)), .detail)
            } else {
                // With several devices, each message begins with the device's name.
                item.port = nil
                output.tell(.trace(item.line))
            }
        }
    }

    private func tell(_ failure: FileError?) {
        guard let failure else { return }
        output.note(.recordingFailed, "note: \(failure); the transfer continues without")
    }
}

/// A transport that passes everything it carries to a recorder.
private final class WireTap: TransportWrapper {
    let wrapped: any ByteTransport
    private let recorder: WireRecorder

    init(_ transport: any ByteTransport, recorder: WireRecorder) {
        wrapped = transport
        self.recorder = recorder
    }

    var name: String { wrapped.name }
    var fileDescriptor: Int32 { wrapped.fileDescriptor }

    func read(into buffer: UnsafeMutableRawBufferPointer) throws(SerialPortError) -> Int {
        let count = try wrapped.read(into: buffer)
        if count > 0 { recorder.record(Array(buffer.prefix(count)), .toHost, of: name) }
        return count
    }

    func write(_ bytes: UnsafeRawBufferPointer) throws(SerialPortError) -> Int {
        let count = try wrapped.write(bytes)
        if count > 0 { recorder.record(Array(bytes.prefix(count)), .toDevice, of: name) }
        return count
    }

    func close() {
        wrapped.close()
        recorder.finish(name)
    }
}
