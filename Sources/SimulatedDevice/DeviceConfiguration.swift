public import HDLC
package import PigweedRPC

/// How a simulated device is built. The defaults are those of Pigweed's stock system.
public struct DeviceConfiguration: Hashable, Sendable {
    /// The only RPC channel that the device answers on.
    public var channel: UInt32 = 1
    /// The HDLC address of RPC packets, in both directions.
    public var address = FrameAddress.rpc
    /// Transfers that it can hold at a time, reads and writes together.
    package var contexts = 3
    /// Bytes of a received chunk message that fit; from this follows the chunk size that it asks writers for.
    public var chunkBuffer: Int
    /// Bytes for a chunk message to send.
    package var encodeBuffer: Int
    /// Bytes for an RPC packet to send. A data chunk that fits `encodeBuffer` but not this ends a read with
    /// `DATA_LOSS`, as it does on a real device.
    package var packetBuffer: Int
    /// The largest window of a write, in bytes.
    public var window: UInt32 = 1024
    /// The window is extended when what is left of it is at most this fraction of it.
    package var extendWindowDivisor: UInt32 = 2
    /// The pause between data chunks: asked for in writes, kept in reads if the client asks for none.
    public var minDelay = Duration.milliseconds(2)
    /// The time in which its output passes on a data chunk, for instance because it is copied once more to a radio or a slow
    /// port behind a queue; reads overrun it without a pause of that length: when ``outputQueue`` chunks wait, the next one
    /// ends the read with `DATA_LOSS`. Zero for output that is as fast as the line.
    package var outputTime = Duration.zero
    /// The data chunks that wait for an output that takes ``outputTime`` for each.
    package static let outputQueue = 8
    /// How long a handler takes to prepare a transfer, such as erasing flash. The transfer thread stands still
    /// meanwhile and received packets queue up.
    public var prepareDelay = Duration.zero
    /// How long a handler takes to store the data of each chunk; the transfer thread stands still.
    public var writeDelay = Duration.zero
    /// How long a handler takes to end a write after its last chunk; the transfer thread stands still.
    public var finalizeDelay = Duration.zero
    /// What the device prints on its own.
    package var console: ConsoleOutput?
    /// When the device restarts or goes away; each happens once.
    package var accidents: [PlannedAccident] = []
    /// When the device stands still.
    package var pauses: [DevicePause] = []
    /// Whether transfers may begin at an offset other than 0.
    public var supportsOffset = true
    /// Whether a read can go back in mid-transfer; not where the data are generated or come from a log or a camera. Otherwise
    /// a request for another offset than the device's own position ends the read with `UNIMPLEMENTED`, and silence of the
    /// client with `DEADLINE_EXCEEDED`.
    public var canSeek = true
    /// Whether a read announces its size; otherwise its end is a separate empty chunk.
    public var announcesSize = true
    /// Firmware that knows nothing of protocol version 2.
    public var legacyOnly = false
    /// How long a stream that was just opened drops the chunks that arrive on it.
    package var startDeafness = Duration.zero
    /// Silence of the client that counts as a timeout.
    package var chunkTimeout = Duration.seconds(10)
    /// Timeouts in a row after which the device tries again instead of giving up.
    package var retries = 0
    /// Retries in a whole transfer.
    package var lifetimeRetries = 3000
    /// Whether the method `GetResourceStatus` exists.
    public var supportsStatus = true
    /// Whether `pw.system.proto.DeviceService` exists, whose `Reboot` restarts the device.
    package var supportsReboot = true
    /// Whether a restart that a client asks for takes the port away, as it does on USB: ``DeviceEvent/hungUp``.
    package var hangsUpOnReboot = false
    /// Whether the service `pw.file.FileSystem` exists.
    public var supportsFiles = false
    /// The status with which transfers of a resource are refused; under `nil`, those of all others.
    package var refusals: [UInt32?: Status] = [:]
    /// Where in a resource writes store a wrong bit.
    package var storedBitFlip: UInt32?
    /// What is wrong with the lists of files.
    package var listingFault: ListingFault?

    /// A stock device with this chunk buffer; the other buffers are 32 bytes larger, and 512 bytes at least.
    public init(chunkBuffer: Int = 480) {
        let buffer = min(max(chunkBuffer, 0), 1 << 24)
        self.chunkBuffer = buffer
        encodeBuffer = max(512, buffer + 32)
        packetBuffer = encodeBuffer
    }
}

/// What bounds the memory of a simulated device, whatever a client sends.
enum DeviceLimits {
    /// RPC packets that wait while the transfer thread is busy; further ones are lost.
    static let queuedPackets = 32
    /// How long a packet waits for the transfer thread before the device drops it.
    static let queueingTime = Duration.seconds(2)
    /// Events that nobody has taken yet; the oldest are lost.
    static let events = 1024
    /// Bytes of frames that nobody has taken yet; sending fails beyond.
    static let output = 1 << 16
    /// Bytes that wait while the device stands still; further ones are lost.
    static let pausedInput = 1 << 20
}
