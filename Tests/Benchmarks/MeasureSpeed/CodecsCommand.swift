import ArgumentParser
import CAllocations
import HDLC
import PigweedRPC
import PigweedTransfer
import ProtobufWire

/// Measures each layer that a data chunk passes through, and all layers together.
struct CodecsCommand: ParsableCommand {
    static let configuration = CommandConfiguration(commandName: "codecs")

    @Option(help: "Data bytes in a chunk.")
    var chunkSize = 448

    @Option(help: "Mebibytes of data for each measurement.")
    var mebibytes = 256

    func run() throws {
        var sample = ChunkSample.onWire(size: chunkSize)
        var rows: [(name: String, figure: Figure)] = []
        rows.append(("CRC-32", measure { sample.checksum() }))
        rows.append(("escape and frame", measure { sample.encodeFrame() }))
        rows.append(("chunk, packet and frame", measure { sample.encode() }))
        rows.append(("unescape and check a frame", measure { sample.decodeFrame() }))
        rows.append(("frame, packet and chunk", measure { sample.decode() }))
        let members = rows.map { name, figure in
            """
            "\(name)": {"megabytes_per_second": \(figure.rate), "allocations_per_chunk": \(figure.allocations)}
            """
        }
        print("{\(members.joined(separator: ", "))}")
    }

    private struct Figure {
        /// Megabytes of data a second, rounded.
        var rate: Int
        var allocations: Double
    }

    private func measure(_ work: () -> Int) -> Figure {
        let chunks = max(1, mebibytes << 20 / chunkSize)
        // The first rounds let the buffers grow to their size.
        for _ in 0..<1000 { sink &+= work() }
        let allocations = allocations_of_thread()
        let clock = ContinuousClock()
        let time = clock.measure {
            for _ in 0..<chunks { sink &+= work() }
        }
        let seconds = time / .seconds(1)
        return Figure(
            rate: Int((Double(chunks * chunkSize) / seconds / 1e6).rounded()),
            allocations: Double(allocations_of_thread() - allocations) / Double(chunks))
    }
}

/// Keeps the optimizer from dropping work whose result nobody reads.
nonisolated(unsafe) private var sink = 0

/// A data chunk of random bytes in every form in which it exists.
private struct ChunkSample: ~Copyable {
    private let chunk: Chunk
    private let data: [UInt8]
    private var chunkWriter = FieldWriter(capacity: 64)
    private var client = RPCClient(configuration: .init(), firstCallID: 1)
    private let call: RPCClient.Call
    private var frame: [UInt8] = []
    private var wire: [UInt8] = []
    private var decoder = FrameDecoder(maximumContentSize: 1 << 16)

    private init(size: Int) {
        var random = SystemRandomNumberGenerator()
        data = (0..<size).map { _ in UInt8.random(in: 0 ... .max, using: &random) }
        var chunk = Chunk(.data)
        chunk.sessionID = 7
        chunk.offset = 1 << 20
        self.chunk = chunk
        call = client.open(TransferService.write)
        var request: [UInt8] = []
        client.transmit(into: &request)
    }

    /// A sample whose frame is on the wire.
    static func onWire(size: Int) -> ChunkSample {
        var sample = ChunkSample(size: size)
        _ = sample.encode()
        sample.wire = sample.frame
        return sample
    }

    func checksum() -> Int {
        let data = data
        var crc = CRC32()
        crc.update(data.span)
        return Int(crc.value)
    }

    mutating func encodeFrame() -> Int {
        let data = data
        frame.removeAll(keepingCapacity: true)
        FrameEncoder.encode(address: .rpc, payload: data.span, into: &frame)
        return frame.count
    }

    mutating func encode() -> Int {
        frame.removeAll(keepingCapacity: true)
        chunkWriter.removeAll()
        let data = data
        chunk.encode(dataCount: data.count, into: &chunkWriter)
        client.send(chunkWriter, data: data.span, on: call)
        client.transmit(into: &frame)
        return frame.count
    }

    mutating func decodeFrame() -> Int {
        Self.decode(wire, by: &decoder, toChunk: false)
    }

    mutating func decode() -> Int {
        Self.decode(wire, by: &decoder, toChunk: true)
    }

    private static func decode(_ wire: [UInt8], by decoder: inout FrameDecoder, toChunk: Bool) -> Int {
        var position = 0
        var result = 0
        while let output = decoder.next(in: wire.span, at: &position) {
            guard case .frame = output else { continue }
            result &+= toChunk ? chunkOffset(in: decoder) : 1
        }
        return result
    }

    private static func chunkOffset(in decoder: borrowing FrameDecoder) -> Int {
        let payload = decoder.payload
        guard let (_, message) = Packet.decode(payload),
            let (chunk, data) = Chunk.decode(payload.extracting(message))
        else { return 0 }
        return Int(truncatingIfNeeded: chunk.offset) &+ data.count
    }
}
