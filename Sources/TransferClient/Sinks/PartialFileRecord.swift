internal import FoundationEssentials
internal import SerialPort
package import SystemPackage

/// What a partial file was read from. Only a file from the same origin is continued.
package struct PartialFileOrigin: Codable, Hashable, Sendable {
    /// The device: what is known of its identity, in words that are compared.
    package var device: String
    /// The number of the resource.
    package var resource: UInt32
    /// Its path on the device, if it was asked for by that.
    package var path: String?
    /// Where in the resource the file begins.
    package var offset: UInt64
    /// What the device reports about the resource's state, if it does.
    package var state: ResourceState?

    /// The device's word on how much there is to read and what its checksum is.
    package struct ResourceState: Codable, Hashable, Sendable {
        /// The readable offset.
        package var readableOffset: UInt64
        /// The checksum, of whatever algorithm; as text, since readers of JSON lose digits.
        package var readChecksum: String?

        /// A state.
        package init(readableOffset: UInt64, readChecksum: UInt64?) {
            self.readableOffset = readableOffset
            self.readChecksum = readChecksum.map { "0x" + String($0, radix: 16) }
        }
    }

    /// An origin.
    package init(device: String, resource: UInt32, path: String?, offset: UInt64, state: ResourceState?) {
        self.device = device
        self.resource = resource
        self.path = path
        self.offset = offset
        self.state = state
    }
}

/// Why a partial file is not continued.
package enum PartialFileRefusal: Hashable, Sendable {
    /// There is no record beside it.
    case noRecord
    /// The record cannot be read, or another version of this program wrote it.
    case unreadableRecord
    /// It, or its record, was another user's, or others could write to it or had another name for it.
    case othersCouldChange
    /// It was read from another device, another resource or another offset.
    case foreign(PartialFileOrigin)
    /// The device reports that the resource has changed since.
    case resourceChanged
    /// It is shorter than the record says, or has other bytes.
    case changed
}

/// What stands in the record beside a partial file.
package struct PartialFileRecord: Codable, Hashable {
    static let currentFormat = 1
    /// A record that is larger is none.
    static let sizeLimit = 1 << 16

    var format = currentFormat
    var origin: PartialFileOrigin
    /// Bytes of the partial file that are on the disk; there may be more in it, which do not count.
    var bytes: UInt64
    /// All bytes that the file will have, if the device said so.
    var total: UInt64?
    /// The CRC-32 of these bytes.
    var crc32: UInt32

    init(origin: PartialFileOrigin, bytes: UInt64, total: UInt64?, crc32: UInt32) {
        self.origin = origin
        self.bytes = bytes
        self.total = total
        self.crc32 = crc32
    }

    /// `nil` if the text is no record of this version.
    package init?(json: [UInt8]) {
        let decoder = JSONDecoder()
        decoder.keyDecodingStrategy = .convertFromSnakeCase
        guard let record = try? decoder.decode(Self.self, from: Data(json)),
            record.format == Self.currentFormat
        else { return nil }
        self = record
    }

    /// The text of the record.
    ///
    /// - Throws: `Errno.invalidArgument` if the encoder refuses it.
    package func json() throws(Errno) -> [UInt8] {
        let encoder = JSONEncoder()
        encoder.keyEncodingStrategy = .convertToSnakeCase
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes, .prettyPrinted]
        do {
            let text = String(decoding: try encoder.encode(self), as: UTF8.self)
            return Array(DeviceText.visibleInJSON(text + "\n").utf8)
        } catch {
            throw Errno.invalidArgument
        }
    }
}
