/// What is fuzzed: code that takes bytes from a line on which anything may come.
///
/// Each target takes any bytes at all and traps if something holds no longer that must hold for every input.
public enum FuzzTarget: String, Sendable, CaseIterable {
    /// The decoder of frames.
    case hdlc
    /// The decoder of RPC packets.
    case packet
    /// The decoder of chunks.
    case chunk
    /// The whole client, fed by a hostile device.
    case client
    /// The simulated device, fed by a hostile client.
    case device
    /// The reader of captures, fed with files from anywhere.
    case capture

    /// Runs one input.
    public func run(_ input: Span<UInt8>) {
        switch self {
        case .hdlc: fuzzFrames(input)
        case .packet: fuzzPacket(input)
        case .chunk: fuzzChunk(input)
        case .client: ClientFuzzer.run(input)
        case .device: DeviceFuzzer.run(input)
        case .capture: fuzzCapture(input)
        }
    }
}
