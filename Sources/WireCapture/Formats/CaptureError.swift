/// Why bytes are no capture.
#if hasAttribute(nonexhaustive)
    @nonexhaustive
#endif
public enum CaptureError: Error, Hashable, Sendable {
    /// They are in none of the forms, and a dump of a UART would have a valid frame at its beginning.
    case unknownFormat
    /// A line of a JSON-lines capture that is no record.
    case badLine(number: UInt64, Defect)
    /// A block of a pcapng file, at this byte, that cannot be read.
    case badBlock(offset: UInt64, Defect)
    /// Bytes of more ports than can be kept apart.
    case tooManyPorts(limit: Int)

    /// What is wrong with a line or block.
    public struct Defect: Hashable, Sendable, CustomStringConvertible {
        /// The defect, as a sentence without a full stop about "it".
        public let description: String

        private init(_ description: String) {
            self.description = description
        }

        /// More bytes than any capture has in one.
        package static let tooLong = Self("it is too long")
        /// No JSON object, or not with these keys.
        package static let noRecord = Self("it is no JSON object with the keys t, dir and hex")
        /// The file does not begin as pcapng files do.
        package static let noSection = Self("it is not the header of a section")
        /// Sizes that contradict each other.
        package static let sizes = Self("its sizes contradict each other")
        /// Packets of another kind of line.
        package static let linkType = Self(
            "it describes an interface that is no serial line (link type 147 to 162)")
        /// A packet of an interface that was not described.
        package static let unknownInterface = Self("it belongs to an interface that was not described before")
        /// More interfaces than can be kept.
        package static let tooManyInterfaces = Self("it describes one interface too many")
    }
}

extension CaptureError: CustomStringConvertible {
    /// What is wrong, as a sentence without a full stop.
    public var description: String {
        switch self {
        case .unknownFormat:
            "neither pcapng nor JSON lines, and no HDLC frame with a correct checksum in the first bytes"
        case .badLine(let number, let defect): "line \(number) cannot be read: \(defect)"
        case .badBlock(let offset, let defect):
            "the block at byte \(offset) cannot be read: \(defect)"
        case .tooManyPorts(let limit): "it tells of more than \(limit) ports"
        }
    }
}
