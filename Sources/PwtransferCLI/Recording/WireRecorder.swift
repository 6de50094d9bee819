internal import PigweedTransfer
internal import SerialPort
internal import TransferClient
internal import WireCapture

/// Records the bytes on a line: decoded for `--trace`, unchanged for `--capture`.
///
/// If a file cannot be written, the transfer continues. The error is reported at once, and the command fails at the
/// end.
struct WireRecorder: Sendable {
    let output: Output
    let recordings: LineRecordings

    /// A transport that records everything that goes over this one.
    func tap(_ transport: any ByteTransport) -> any ByteTransport {
        tell(recordings.capture?.begin(transport.name))
        return WireTap(transport, recorder: self)
    }

    fileprivate func record(_ bytes: [UInt8], _ direction: WireDirection, of port: String) {
        recordings.clock.record { time in
            tell(recordings.capture?.record(bytes, direction, port: recordings.captureIndex, at: time))
            let event = WireBytes(time: time, direction: direction, bytes: bytes, port: recordings.traceName)
            trace(port) { $0.receive(event, into: &$1) }
        }
    }

    fileprivate func finish(_ port: String) {
        recordings.clock.record { _ in
            tell(recordings.capture?.finish(port: recordings.captureIndex))
            trace(port) { $0.finish(port: recordings.traceName, into: &$1) }
        }
    }

    private func trace(
        _ port: String, _ decode: @Sendable (inout WireDecoder, inout [WireItem]) -> Void
    ) {
        guard let (items, failure) = recordings.trace?.record(decode) else { return }
        tell(failure)
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
