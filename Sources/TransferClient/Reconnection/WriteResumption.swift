public import PigweedTransfer

/// Whether a write that was interrupted can go on, by what the device tells of the resource.
///
/// It goes on only if the device has a part of the source, from its first byte on, and a checksum shows that: a device may
/// have kept older data, and would grant any offset in them.
public enum WriteResumption: Hashable, Sendable {
    /// The device has so many bytes of the source; more than 0, and fewer than all.
    case goesOn(at: UInt64)
    /// Everything must be written.
    case startsOver(Cause)

    /// Why everything must be written.
    public enum Cause: Hashable, Sendable {
        /// The device does not tell what it has.
        case notTold
        /// It has nothing.
        case nothingKept
        /// It has so many bytes, which are all there are; whether the write was completed is not known.
        case complete(UInt64)
        /// It has so many bytes, more than were ever sent.
        case moreThanSent(UInt64)
        /// It tells no checksum of the so many bytes that it has.
        case noChecksum(UInt64)
        /// The checksum of the so many bytes that it has is not that of as many bytes of the source.
        case foreign(UInt64)
        /// The first so many bytes came from a stream, and are no longer here to compare with.
        case notComparable(UInt64)
    }

    /// Decides.
    ///
    /// - Parameters:
    ///   - status: what the device tells; `nil` if it does not.
    ///   - source: what the resource is to have from offset 0 on.
    ///   - sent: how many bytes of it the device can have at most; `nil` if that is not known.
    ///   - algorithms: the checksums that the device may mean.
    /// - Throws: `FileError` if the source cannot be read.
    public init(
        _ status: ResourceStatusResponse?, of source: any ByteSource, sent: UInt64? = nil,
        algorithms: [ChecksumAlgorithm] = ChecksumAlgorithm.neverRightByChance
    ) throws(FileError) {
        guard let status else {
            self = .startsOver(.notTold)
            return
        }
        let written = status.writeableOffset
        if written == 0 {
            self = .startsOver(.nothingKept)
        } else if let sent, written > sent {
            self = .startsOver(.moreThanSent(written))
        } else if let size = source.size, written >= size {
            self = .startsOver(.complete(written))
        } else if let checksum = status.writeChecksum {
            do throws(FileError) {
                let isPart = try source.checksums(algorithms, ofFirst: written).contains(checksum)
                self = isPart ? .goesOn(at: written) : .startsOver(.foreign(written))
            } catch .sourceCannotGoBack {
                self = .startsOver(.notComparable(written))
            }
        } else {
            self = .startsOver(.noChecksum(written))
        }
    }
}

extension ChecksumAlgorithm {
    /// Those of which a match tells that the bytes are the same, whichever of them the device uses.
    public static let neverRightByChance: [ChecksumAlgorithm] = [.crc32, .crc32c, .adler32]
}
