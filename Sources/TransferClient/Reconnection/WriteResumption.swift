package import PigweedTransfer

/// Whether an interrupted write can continue, according to the device's report about the resource.
///
/// The write continues only if a checksum shows that the device has the beginning of the source. The device may have
/// kept older data, and would accept any offset in them.
package enum WriteResumption: Hashable, Sendable {
    /// The device has this many bytes of the source; more than 0, and fewer than all.
    case goesOn(at: UInt64)
    /// Everything must be written.
    case startsOver(Cause)

    /// Why everything must be written.
    package enum Cause: Hashable, Sendable {
        /// The device does not report which bytes it has.
        case notTold
        /// The device has no bytes of the write.
        case nothingKept
        /// The device has this many bytes, which are all of the source. Nobody knows whether the write was completed.
        case complete(UInt64)
        /// The device has this many bytes, more than were ever sent.
        case moreThanSent(UInt64)
        /// The device has this many bytes, but reports no checksum of them.
        case noChecksum(UInt64)
        /// The device has this many bytes, but their checksum does not match the beginning of the source.
        case foreign(UInt64)
        /// The device has this many bytes, but they came from a stream and are no longer kept for a comparison.
        case notComparable(UInt64)

        /// The cause, as one sentence without a full stop.
        ///
        /// - Parameter source: what the data of the write are called.
        package func sentence(source: String) -> String {
            switch self {
            case .notTold: "the device does not report how much it has of an earlier write"
            case .nothingKept: "the device has nothing of an earlier write"
            case .complete(let count):
                "the device has \(count) bytes, and whether they are complete is not known"
            case .moreThanSent(let count): "the device has \(count) bytes, which is more than were sent"
            case .noChecksum(let count): "the device reports no checksum of the \(count) bytes that it has"
            case .foreign(let count):
                "the \(count) bytes that the device has are not known to be those of \(source)"
            case .notComparable(let count):
                "\(source) came as a stream, and the first \(count) bytes are no longer there to compare with"
            }
        }
    }

    /// Decides whether the write continues.
    ///
    /// - Parameters:
    ///   - status: the device's report; `nil` if there is none.
    ///   - source: the whole content that the resource should have, from offset 0 on.
    ///   - sent: the most bytes of the source that the device can have; `nil` if this is not known.
    ///   - algorithms: the checksums that the device may use.
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
    /// The algorithms whose match shows that the bytes are the same, even if nobody knows which algorithm the device
    /// uses.
    package static let neverRightByChance: [ChecksumAlgorithm] = [.crc32, .crc32c, .adler32]
}
