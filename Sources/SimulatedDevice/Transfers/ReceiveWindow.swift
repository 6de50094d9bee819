import ProtobufWire

/// The adaptive window of the receiver in a write.
struct ReceiveWindow {
    /// Why parameters are sent.
    enum Action {
        /// The handshake is over.
        case first
        /// The window has been received, or nearly.
        case extend
        /// Data was lost, or came twice.
        case shrink
    }

    /// The size of the window that was sent last, in bytes.
    private(set) var size: UInt32 = 0
    private var multiplier: UInt32 = 1
    /// Whether the window still doubles; after the first loss it grows by a chunk instead.
    private var isInSlowStart = true

    /// Computes the next window.
    ///
    /// - Parameters:
    ///   - chunkSize: the chunk size that is sent with the window.
    ///   - maximum: the configured largest window.
    ///   - limit: the most bytes that the storage takes.
    mutating func update(_ action: Action, chunkSize: UInt32, maximum: UInt32, limit: UInt32) {
        guard chunkSize <= maximum else {
            size = min(maximum, limit)
            return
        }
        switch action {
        case .first: break
        case .extend:
            let (grown, overflow) =
                isInSlowStart
                ? multiplier.multipliedReportingOverflow(by: 2) : multiplier.addingReportingOverflow(1)
            multiplier = min(overflow ? .max : grown, maximum / chunkSize)
        case .shrink:
            isInSlowStart = false
            multiplier = max(multiplier / 2, 1)
        }
        size = min(multiplier * chunkSize, limit)
    }

    /// The most data bytes that a chunk may carry so that the receiver's buffer holds the message.
    ///
    /// The reference leaves room for an RPC header as well as for the chunk's own fields, sized for this channel,
    /// session and the end of the previous window.
    static func chunkSize(buffer: Int, channel: UInt32, sessionID: UInt32, windowEnd: UInt32) -> UInt32 {
        func varintSize(_ value: Int) -> Int { FieldWriter.varintSize(UInt64(max(value, 0))) }
        let withoutHeader = buffer - 14 - varintSize(Int(channel))
        let message = withoutHeader - varintSize(withoutHeader) - 5
        let data = message - 3 - varintSize(Int(sessionID)) - varintSize(max(Int(windowEnd), buffer))
        return UInt32(clamping: max(data - varintSize(data), 1))
    }
}
