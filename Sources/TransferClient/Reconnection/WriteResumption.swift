package import PigweedTransfer

/// Whether an interrupted write can continue, by what the device reports about the resource.
///
/// It continues only if a checksum shows that the device has the beginning of the source: a device may have kept older data,
/// and would grant any offset in them.
public enum WriteResumption: Hashable, Sendable {
    /// The device has this many bytes of the source; more than 0, and fewer than all.
    case goesOn(at: UInt64)
    /// Everything must be written.
    case startsOver(Cause)

    /// Why everything must be written.
    public enum Cause: Hashable, Sendable {
        /// The device does not report what it has.
        case notTold
        /// It has nothing.
        case nothingKept
        /// It has this many bytes, which are all of the source; whether the write was completed is not known.
        case complete(UInt64)
        /// It has this many bytes, more than were ever sent.
        case moreThanSent(UInt64)
        /// It reports no checksum of the bytes that it has, which are this many.
        case noChecksum(UInt64)
        /// It has this many bytes, and their checksum does not match the beginning of the source.
        case foreign(UInt64)
        /// This many bytes came from a stream first, and are no longer kept for a comparison.
        case notComparable(UInt64)
    }

    /// Decides.
    ///
    /// - Parameters:
    ///   - status: what the device reports; `nil` if it does not.
    ///   - source: what the resource is to have from offset 0 on.
    ///   - sent: how many bytes of it the device can have at most; `nil` if that is not known.
    ///   - algorithms: the checksums that the device may mean.
    /// - Throws: `FileError` if the source cannot be read.
    package init(
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
    /// Those whose match shows that the bytes are the same, whichever of them the device uses.
    package static let neverRightByChance: [ChecksumAlgorithm] = [.crc32, .crc32c, .adler32]
}
