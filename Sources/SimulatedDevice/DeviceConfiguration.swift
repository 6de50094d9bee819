public import HDLC
package import PigweedRPC

/// How a simulated device is built. The defaults are those of Pigweed's stock system.
public struct DeviceConfiguration: Hashable, Sendable {
    /// The only RPC channel that the device answers on.
    public var channel: UInt32 = 1
    /// The HDLC address of RPC packets, in both directions.
    public var address = FrameAddress.rpc
    /// The number of transfers that the device can have at a time, reads and writes together.
    package var contexts = 3
    /// The most bytes of a received chunk message. The chunk size that the device asks writers for follows from this.
    public var chunkBuffer: Int
    /// The most bytes of a chunk message to send.
    package var encodeBuffer: Int
    /// The most bytes of an RPC packet to send. A data chunk that fits `encodeBuffer` but not this buffer ends a read
    /// with `DATA_LOSS`, as on a real device.
    package var packetBuffer: Int
    /// The largest window of a write, in bytes.
    public var window: UInt32 = 1024
    /// The window is extended when at most this fraction of it is left: half of it if the divisor is 2.
    package var extendWindowDivisor: UInt32 = 2
    /// The pause between data chunks. The device asks for it in writes, and keeps it in reads unless the client asks
    /// for another one.
    public var minDelay = Duration.milliseconds(2)
    /// The time in which the device's output passes on a data chunk, for instance to a radio or a slow port behind a
    /// queue. Reads with a shorter pause between chunks overrun the queue: when ``outputQueue`` chunks wait, the next
    /// one ends the read with `DATA_LOSS`. Zero for output that is as fast as the line.
    package var outputTime = Duration.zero
    /// The most data chunks that wait for an output that takes ``outputTime`` for each.
    package static let outputQueue = 8
    /// How long a handler takes to prepare a transfer, such as for erasing flash. The transfer thread stands still
    /// meanwhile, and received packets queue up.
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
    /// Whether a read can go back in mid-transfer. Real devices cannot if data are generated, or come from a log or a
    /// camera. Then a request for another offset than the device's own position ends the read with `UNIMPLEMENTED`, and
    /// silence of the client ends it with `DEADLINE_EXCEEDED`.
    public var canSeek = true
    /// Whether a read announces its size; otherwise an empty chunk of its own ends the read.
    public var announcesSize = true
    /// Whether the firmware does not know protocol version 2.
    public var legacyOnly = false
    /// How long a stream drops the chunks that arrive on it after it was opened.
    package var startDeafness = Duration.zero
    /// The silence of the client that counts as a timeout.
    package var chunkTimeout = Duration.seconds(10)
    /// The number of timeouts in a row after which the device tries again instead of giving up.
    package var retries = 0
    /// The most retries in a whole transfer.
    package var lifetimeRetries = 3000
    /// Whether the method `GetResourceStatus` exists.
    public var supportsStatus = true
    /// Whether `pw.system.proto.DeviceService` exists, whose `Reboot` restarts the device.
    package var supportsReboot = true
    /// Whether a restart that a client asks for takes the port away, as it does on USB: ``DeviceEvent/hungUp``.
    package var hangsUpOnReboot = false
    /// Whether the service `pw.file.FileSystem` exists.
    public var supportsFiles = false
    /// The status with which transfers of a resource are refused; the key `nil` stands for all other resources.
    package var refusals: [UInt32?: Status] = [:]
    /// The offset in a resource at which writes store a wrong bit; `nil` for none.
    package var storedBitFlip: UInt32?
    /// What is wrong with the lists of files.
    package var listingFault: ListingFault?

    /// A stock device with this chunk buffer. The other buffers are 32 bytes larger, and 512 bytes at least.
    public init(chunkBuffer: Int = 480) {
        let buffer = min(max(chunkBuffer, 0), 1 << 24)
        self.chunkBuffer = buffer
        encodeBuffer = max(512, buffer + 32)
        packetBuffer = encodeBuffer
    }
}

/// Limits for the memory of a simulated device, whatever a client sends.
enum DeviceLimits {
    /// The most RPC packets that wait while the transfer thread is busy; further packets are lost.
    static let queuedPackets = 32
    /// How long a packet waits for the transfer thread before the device drops it.
    static let queueingTime = Duration.seconds(2)
    /// The most events that nobody has taken yet; beyond this the oldest are lost.
    static let events = 1024
    /// The most bytes of frames that nobody has taken yet; beyond this, sending fails.
    static let output = 1 << 16
    /// The most received bytes that wait while the device stands still; further bytes are lost.
    static let pausedInput = 1 << 20
}
