import PigweedRPC
import PigweedTokenizer
import ProtobufWire

/// The service `pw.log.Logs` of a device: one listener at a time, and the count of messages by which it notices what is missing.
struct LogServer {
    /// The header of the messages; `nil` if nobody listens.
    private var listener: Packet?
    /// The number of the next message since the start of the device.
    private var number: UInt32 = 0
    private var dropped: UInt32 = 0

    /// The request of a listener, or its end.
    mutating func receive(_ packet: Packet) {
        guard packet.kind == .request else {
            if packet.callID == listener?.callID { listener = nil }
            return
        }
        var header = packet
        header.kind = .serverStream
        listener = header
    }

    /// The device has no room for a message.
    mutating func drop() { dropped &+= 1 }

    /// Sends a message. What nobody hears is counted as well.
    mutating func log(_ entry: LogEntry, output: inout DeviceOutput) {
        defer { number &+= 1 }
        guard let listener else { return }
        guard output.waitingBytes < DeviceLimits.output else { return drop() }
        var loss = LogEntry()
        loss.dropped = dropped
        var writer = FieldWriter()
        LogEntries((dropped > 0 ? [loss] : []) + [entry], from: number).encode(into: &writer)
        dropped = 0
        output.send(listener, payload: writer.bytes.span)
    }
}
