/// Why bytes are no capture.
#if hasAttribute(nonexhaustive)
    @nonexhaustive
#endif
public enum CaptureError: Error, Hashable, Sendable {
    /// The bytes are in none of the forms. A dump of a UART would have a valid frame near its beginning.
    case unknownFormat
    /// This line of a JSON-lines capture is no record.
    case badLine(number: UInt64, Defect)
    /// The block at this byte of a pcapng file cannot be read.
    case badBlock(offset: UInt64, Defect)
    /// The capture has bytes of more ports than can be kept apart.
    case tooManyPorts(limit: Int)

    /// What is wrong with a line or block.
    public struct Defect: Error, Hashable, Sendable, CustomStringConvertible {
        /// The defect, as a sentence without a full stop whose subject is "it": the line or block.
        public let description: String

        private init(_ description: String) {
            self.description = description
        }

        /// The line or block has more bytes than any line or block of a capture.
        package static let tooLong = Self("it is too long")
        /// The line is no JSON object with the keys of a record.
        package static let noRecord = Self("it is no JSON object with the keys t, dir and hex")
        /// The file does not begin with the header of a section.
        package static let noSection = Self("it is not the header of a section")
        package static let sizes = Self("its sizes contradict each other")
        /// The block describes an interface with packets of another kind of line.
        package static let linkType = Self(
            "it describes an interface that is no serial line (link type 147 to 162)")
        /// The block has a packet of an interface that was not described before.
        package static let unknownInterface = Self("it belongs to an interface that was not described before")
        /// The block describes more interfaces than can be kept.
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
