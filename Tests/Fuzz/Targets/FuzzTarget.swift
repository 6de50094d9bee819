/// The code that is fuzzed: it takes bytes from a line on which anything may come, or text that others chose.
///
/// Each target accepts any bytes, and traps if something does not hold that must hold for every input.
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
    /// The reader of records beside partial files, fed with what another user has put there.
    case record
    /// The words that shells offer, with names of devices and files from anywhere.
    case completion
    /// The writers of captures, and their files read back, whole and damaged.
    case recording
    /// Lists of files and other answers to calls, from a hostile device.
    case listing
    /// Token databases in every form, from untrusted files.
    case tokens
    /// Messages in tokens, from a hostile device.
    case message
    /// Messages of the log service, from a hostile device.
    case log
    /// A telnet connection with the control of a serial port, from a hostile server.
    case telnet

    /// Runs one input.
    public func run(_ input: Span<UInt8>) {
        switch self {
        case .hdlc: fuzzFrames(input)
        case .packet: fuzzPacket(input)
        case .chunk: fuzzChunk(input)
        case .client: ClientFuzzer.run(input)
        case .device: DeviceFuzzer.run(input)
        case .capture: fuzzCapture(input)
        case .record: fuzzRecord(input)
        case .completion: fuzzCompletion(input)
        case .recording: fuzzRecording(input)
        case .listing: fuzzListing(input)
        case .tokens: fuzzTokens(input)
        case .message: fuzzMessage(input)
        case .log: fuzzLog(input)
        case .telnet: fuzzTelnet(input)
        }
    }
}
