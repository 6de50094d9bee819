public import PigweedRPC

extension TransferEngine {
    /// Something the caller must know or do.
    public enum Event: Equatable, Sendable {
        /// The device accepted the transfer and speaks this version of the protocol.
        case started(ProtocolVersion)
        /// ``TransferEngine/data`` belongs at this offset of the resource. Store it, then call
        /// ``TransferEngine/confirmStored(at:)`` or, if it cannot be stored, ``TransferEngine/fail(_:at:)``. There may
        /// be no bytes at the end of data whose size was unknown: all data must be stored before the end is confirmed.
        case data(offset: UInt64)
        /// The device printed ``TransferEngine/deviceOutput``.
        case deviceOutput
        /// The device no longer knew the stream, which was opened again to start the transfer once more.
        case reopenedStream
        /// The device lost the stream in the middle of the transfer, which goes on from this offset of the resource.
        case restarted(offset: UInt64)
        /// The device failed in the middle of a read with this status, perhaps because it was asked for too much. The
        /// read goes on from this offset with smaller chunks, or with the device's own pause between them.
        case slowedDown(after: Status, offset: UInt64)
        /// Something was lost, and the device cannot go back in the resource. The read begins again, once. The caller
        /// gets no byte twice: the next one is at this offset of the resource.
        case readsAgain(offset: UInt64)
        /// The device has no free context. The start is repeated until one is free, or until the timeouts of the
        /// request are over.
        case deviceBusy
        /// The transfer is over. It succeeded if there is no failure.
        case finished(TransferFailure?)
    }

    /// How far the transfer is.
    public struct Progress: Hashable, Sendable {
        /// In a write the bytes that the device has confirmed; in a read the bytes that were stored.
        public var moved: UInt64 = 0
        /// All bytes of the transfer, if known. In a read the device says how many there are, and may be wrong.
        public var total: UInt64?

        /// Progress; by default nothing has moved, and the total is not known.
        public init(moved: UInt64 = 0, total: UInt64? = nil) {
            self.moved = moved
            self.total = total
        }
    }

    /// How good the line is.
    package struct Statistics: Hashable, Sendable {
        /// Valid frames received.
        package var frames = 0
        /// Frames that arrived damaged.
        package var damagedFrames = 0
        /// Bytes outside frames.
        package var strayBytes = 0
        /// Chunks that were sent or asked for again. Starts are not counted: they are repeated until the device has
        /// prepared itself and answers.
        package var repeats = 0
        /// Bytes of data chunks that arrived although they were here already.
        package var duplicateBytes = 0
        /// Streams that the device ended or did not know any more. A device that restarts loses all streams.
        package var lostStreams = 0
        /// Transfers whose end the device did not confirm. Nothing shows whether the device restarted at the end.
        package var unconfirmedEnds = 0

        /// Counts; those that are left out are 0.
        package init(
            frames: Int = 0, damagedFrames: Int = 0, strayBytes: Int = 0, repeats: Int = 0,
            duplicateBytes: Int = 0, lostStreams: Int = 0, unconfirmedEnds: Int = 0
        ) {
            self.frames = frames
            self.damagedFrames = damagedFrames
            self.strayBytes = strayBytes
            self.repeats = repeats
            self.duplicateBytes = duplicateBytes
            self.lostStreams = lostStreams
            self.unconfirmedEnds = unconfirmedEnds
        }

        /// The sums of the counts of two lines.
        package static func + (left: Statistics, right: Statistics) -> Statistics {
            Statistics(
                frames: left.frames + right.frames, damagedFrames: left.damagedFrames + right.damagedFrames,
                strayBytes: left.strayBytes + right.strayBytes, repeats: left.repeats + right.repeats,
                duplicateBytes: left.duplicateBytes + right.duplicateBytes,
                lostStreams: left.lostStreams + right.lostStreams,
                unconfirmedEnds: left.unconfirmedEnds + right.unconfirmedEnds)
        }
    }
}
