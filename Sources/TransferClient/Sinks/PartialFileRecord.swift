internal import FoundationEssentials
internal import SerialPort
package import SystemPackage

/// The origin of a partial file. A read continues only a file from the same origin.
package struct PartialFileOrigin: Codable, Hashable, Sendable {
    /// The identity of the device, as a text that is compared.
    package var device: String
    /// The number of the resource.
    package var resource: UInt32
    /// The path of the file on the device; `nil` if the resource was asked for by its number.
    package var path: String?
    /// The offset in the resource at which the file begins.
    package var offset: UInt64
    /// The device's report about the resource; `nil` if it gives none.
    package var state: ResourceState?

    /// The device's report about the data of a resource: their size and their checksum.
    package struct ResourceState: Codable, Hashable, Sendable {
        /// The offset up to which there are data to read.
        package var readableOffset: UInt64
        /// The checksum, by whatever algorithm the device uses. It is a text, since readers of JSON lose digits of
        /// large numbers.
        package var readChecksum: String?

        /// A state from the numbers that the device reports.
        package init(readableOffset: UInt64, readChecksum: UInt64?) {
            self.readableOffset = readableOffset
            self.readChecksum = readChecksum.map { "0x" + String($0, radix: 16) }
        }
    }

    /// An origin with these values.
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
    /// There is no record beside the partial file.
    case noRecord
    /// The record cannot be read, or another version of this program wrote it.
    case unreadableRecord
    /// Other users could have changed the partial file or its record, by owner, permissions or another name.
    case othersCouldChange
    /// The file was read from another device, resource, path or offset.
    case foreign(PartialFileOrigin)
    /// The device reports that the resource has changed since.
    case resourceChanged
    /// The partial file is shorter than the record says, or has other bytes.
    case changed
}

/// The content of the record beside a partial file.
package struct PartialFileRecord: Codable, Hashable {
    static let currentFormat = 1
    /// The most bytes of a record; a larger file is not one.
    static let sizeLimit = 1 << 16

    var format = currentFormat
    var origin: PartialFileOrigin
    /// How many bytes of the partial file are certainly on the disk. It may have more, which are not trusted.
    var bytes: UInt64
    /// How many bytes the file will have in all; `nil` if the device did not say.
    var total: UInt64?
    /// The CRC-32 of the first ``bytes`` bytes.
    var crc32: UInt32
}

extension PartialFileRecord {
    /// A record from its text; `nil` if the text is no record of this version.
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
    /// - Throws: `Errno.invalidArgument` if the encoder refuses the record.
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
