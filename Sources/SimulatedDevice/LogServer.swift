import PigweedRPC
import PigweedTokenizer
import ProtobufWire

/// The service `pw.log.Logs` of a device: it has one listener at a time, and numbers the messages, so that the listener
/// notices missing ones.
struct LogServer {
    /// The header of the messages to the listener; `nil` if nobody listens.
    private var listener: Packet?
    /// The number of the next message since the start of the device.
    private var number: UInt32 = 0
    private var dropped: UInt32 = 0

    /// Takes the request of a listener, or the end of its call.
    mutating func receive(_ packet: Packet) {
        guard packet.kind == .request else {
            if packet.callID == listener?.callID { listener = nil }
            return
        }
        var header = packet
        header.kind = .serverStream
        listener = header
    }

    /// Notes that the device had no room for a message.
    mutating func drop() { dropped &+= 1 }

    /// Sends a message to the listener. Messages without a listener are numbered as well.
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
