import PigweedRPC
import PigweedTransfer

/// The things that all transfer contexts of a device share: streams, output and settings.
struct ServerIO: ~Copyable {
    let configuration: DeviceConfiguration
    var calls: CallTable
    var output: DeviceOutput
    var log = LogServer()
    var events = EventQueue()
    /// How many bytes of data were sent or stored since the device was made. Bytes that are sent again count again.
    var movedBytes = 0
    /// Whether a write was completed since the device was made.
    var hasCompletedWrite = false
    /// Memory for the data of one chunk.
    var data: [UInt8] = []

    init(_ configuration: DeviceConfiguration) {
        self.configuration = configuration
        calls = CallTable(configuration)
        output = DeviceOutput(configuration)
    }

    /// Sends a chunk on the stream of its direction; false if the stream is closed or the chunk too large.
    mutating func send(_ chunk: Chunk, on direction: Direction) -> Bool {
        guard let packet = calls.streamPacket(direction) else { return false }
        return output.send(packet, chunk: chunk)
    }

    /// Sends a data chunk with the bytes in ``data``; false if the stream is closed, the chunk too large or the output
    /// full.
    mutating func sendData(_ chunk: Chunk, at now: Instant) -> Bool {
        guard let packet = calls.streamPacket(.read) else { return false }
        return Self.send(packet, chunk, data, at: now, into: &output)
    }

    private static func send(
        _ packet: Packet, _ chunk: Chunk, _ data: borrowing [UInt8], at now: Instant,
        into output: inout DeviceOutput
    ) -> Bool {
        output.send(packet, chunk: chunk, data: data.span, at: now)
    }

    /// Prints a line of the console.
    mutating func print(_ line: DeviceSchedule.Line) {
        switch line {
        case .bytes(let bytes): output.send(bytes: bytes)
        case .entry(let entry): log.log(entry, output: &output)
        case .dropped: log.drop()
        }
    }

    /// Discards all calls and frames.
    mutating func reset() {
        calls = CallTable(configuration)
        log = LogServer()
        output.removeAll()
    }
}

extension Chunk {
    /// A chunk of a transfer in either version.
    init(_ kind: Kind, of transfer: DeviceTransfer) {
        self.init(kind)
        switch transfer.version {
        case .version2: sessionID = transfer.sessionID
        case .legacy: transferID = transfer.sessionID
        }
    }
}
