public import PigweedRPC

extension TransferEngine {
    /// Something the caller must know or do.
    public enum Event: Equatable, Sendable {
        /// The device accepted the transfer and speaks this version of the protocol.
        case started(ProtocolVersion)
        /// ``TransferEngine/data`` belongs at this offset of the resource. Store it, then call
        /// ``TransferEngine/confirmStored(at:)`` or, if that failed, ``TransferEngine/fail(_:at:)``.
        case data(offset: UInt64)
        /// The device printed ``TransferEngine/deviceOutput``.
        case deviceOutput
        /// The device no longer knew the stream, which was opened again to start the transfer once more.
        case reopenedStream
        /// The device lost the stream in the middle of the transfer, which goes on from this offset of the resource.
        case restarted(offset: UInt64)
        /// The device failed in the middle of a read with this status, perhaps since it was asked for too much. The read goes on
        /// from this offset with smaller chunks or its own pause between them.
        case slowedDown(after: Status, offset: UInt64)
        /// Something was lost, and the device cannot go back in the resource. The read begins again, once; the caller gets no
        /// byte twice, the next one at this offset of the resource.
        case readsAgain(offset: UInt64)
        /// The device has no free context; the start is repeated until one is free or patience ends.
        case deviceBusy
        /// The transfer is over.
        case finished(TransferFailure?)
    }

    /// How far the transfer is.
    public struct Progress: Hashable, Sendable {
        /// Bytes that the other side has confirmed, or that were stored here.
        public var moved: UInt64 = 0
        /// All bytes of the transfer, if known. In a read this is the device's word, which may be wrong.
        public var total: UInt64?

        /// Nothing moved yet.
        public init(moved: UInt64 = 0, total: UInt64? = nil) {
            self.moved = moved
            self.total = total
        }
    }

    /// How good the line is.
    public struct Statistics: Hashable, Sendable {
        /// Valid frames received.
        public var frames = 0
        /// Frames that arrived damaged.
        public var damagedFrames = 0
        /// Bytes outside frames.
        public var strayBytes = 0
        /// Chunks that were sent or asked for again. Not starts: those are repeated until the device answers, which it does
        /// when it has prepared.
        public var repeats = 0
        /// Bytes of data chunks that arrived although they were here already.
        public var duplicateBytes = 0

        /// Counts of a line on which nothing happened but what is given.
        public init(
            frames: Int = 0, damagedFrames: Int = 0, strayBytes: Int = 0, repeats: Int = 0,
            duplicateBytes: Int = 0
        ) {
            self.frames = frames
            self.damagedFrames = damagedFrames
            self.strayBytes = strayBytes
            self.repeats = repeats
            self.duplicateBytes = duplicateBytes
        }

        /// The counts of two lines together.
        package static func + (left: Statistics, right: Statistics) -> Statistics {
            Statistics(
                frames: left.frames + right.frames, damagedFrames: left.damagedFrames + right.damagedFrames,
                strayBytes: left.strayBytes + right.strayBytes, repeats: left.repeats + right.repeats,
                duplicateBytes: left.duplicateBytes + right.duplicateBytes)
        }
    }
}
