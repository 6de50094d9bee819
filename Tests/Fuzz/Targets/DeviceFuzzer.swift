internal import PigweedRPC
internal import PigweedTransfer
internal import SimulatedDevice
internal import TestSupport

/// Feeds a simulated device with the output of a client that was made to break it.
///
/// The input is a device followed by operations: bytes as they are, frames with a chunk, frames with another packet,
/// time, a line that takes nothing. What must hold: nothing traps and memory stays bounded.
struct DeviceFuzzer: ~Copyable {
    private static let outputLimit = 1 << 18
    private static let eventLimit = 1024

    private var input: InputReader
    private var device: SimulatedDevice
    private var now = Instant.zero
    private var offset: UInt64 = 0

    static func run(_ input: Span<UInt8>) {
        var fuzzer = DeviceFuzzer(input)
        fuzzer.run()
    }

    private init(_ input: Span<UInt8>) {
        var reader = InputReader(input)
        let options = reader.byte()
        var configuration = DeviceConfiguration(chunkBuffer: [480, 64, 1056, 0][Int(options & 3)])
        configuration.legacyOnly = options & 4 != 0
        configuration.announcesSize = options & 8 == 0
        configuration.prepareDelay = options & 16 != 0 ? reader.time() : .zero
        configuration.retries = options & 32 != 0 ? 3 : 0
        configuration.contexts = options & 64 != 0 ? 1 : 3
        if options & 128 != 0 {
            configuration.window = UInt32(truncatingIfNeeded: reader.number(near: 1024))
            configuration.minDelay = reader.time()
            configuration.extendWindowDivisor = UInt32(reader.byte())
        }
        let full = MemoryResource([UInt8](repeating: 0x7E, count: 3000), capacity: 5000)
        let resources = [
            DeviceResource(id: 3, storage: full), DeviceResource(id: 4, storage: MemoryResource()),
            DeviceResource(id: 5, isReadable: false, supportsOffset: false, storage: MemoryResource([])),
        ]
        device = SimulatedDevice(configuration: configuration, resources: resources)
        self.input = reader
    }

    private mutating func run() {
        for direction in [Direction.read, .write] {
            receive(frame(Packet(.request, channel: 1, method: direction.method, callID: 7)))
        }
        while !input.isAtEnd {
            operate()
            take(isLineBusy: false)
        }
        for _ in 0..<64 {
            guard let next = device.nextTimeout else { break }
            pass(max(next - now, .zero))
            take(isLineBusy: false)
        }
    }

    private mutating func operate() {
        let operation = input.byte()
        switch operation {
        case 0..<16: receive(input.take(Int(input.byte())))
        case 16..<176: receive(chunkFrame())
        case 176..<192: receive(packetFrame(operation))
        case 192..<216: pass(input.time())
        case 216..<248: if let next = device.nextTimeout { pass(max(next - now, .zero)) }
        case 248..<254: take(isLineBusy: true)
        default: device.reboot()
        }
    }

    private mutating func chunkFrame() -> [UInt8] {
        let choice = input.byte()
        let (chunk, data) = input.chunk(session: UInt32(choice & 3), resource: 3, offset: offset)
        offset = chunk.offset &+ UInt64(data.count)
        return frame(
            Packet(.clientStream, channel: 1, method: direction(choice).method, callID: 7), chunk, data: data)
    }

    private mutating func packetFrame(_ operation: UInt8) -> [UInt8] {
        let choice = input.byte()
        let kinds: [Packet.Kind] = [.request, .clientError, .clientRequestCompletion, .clientStream]
        let method = choice & 64 != 0 ? TransferService.getResourceStatus : direction(choice).method
        let packet = Packet(
            kinds[Int(operation & 3)], channel: 1, method: method, callID: UInt32(choice & 15))
        return frame(packet, payload: input.take(Int(choice >> 4)))
    }

    private func direction(_ choice: UInt8) -> Direction { choice & 128 == 0 ? .read : .write }

    private mutating func receive(_ bytes: [UInt8]) {
        device.receive(bytes.span, at: now)
    }

    private mutating func pass(_ time: Duration) {
        now = now + time
        device.handleTimeout(at: now)
    }

    private mutating func take(isLineBusy: Bool) {
        var events = 0
        while device.nextEvent() != nil { events += 1 }
        precondition(events <= Self.eventLimit)
        guard !isLineBusy, device.hasOutput else { return }
        var output: [UInt8] = []
        device.transmit(into: &output)
        precondition(!output.isEmpty && output.count <= Self.outputLimit && !device.hasOutput)
        device.handleTimeout(at: now)
    }
}
