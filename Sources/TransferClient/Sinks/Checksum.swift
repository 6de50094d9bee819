internal import HDLC

/// The checksums that firmware commonly has for the content of a resource.
///
/// `GetResourceStatus` carries a checksum as a number, so that the order of its bytes does not matter. The values below
/// are the checksums of the digits "123456789".
package enum ChecksumAlgorithm: String, CaseIterable, Hashable, Sendable {
    /// CRC-32 as in Ethernet and zlib; `CBF43926`.
    case crc32
    /// CRC-32C by Castagnoli, as in iSCSI (RFC 3720) and SCTP; `E3069283`.
    case crc32c
    /// Adler-32 as in zlib (RFC 1950); `091E01DE`.
    case adler32
    /// CRC-16 with polynomial 1021 and initial value FFFF, not reflected, as in Pigweed's `pw_checksum`; `29B1`.
    case crc16CCITT = "crc16-ccitt"
    /// The sum of the bytes as numbers from 0 to 255, modulo 2^32; `000001DD`.
    case sum
}

/// A checksum of bytes that are given one piece after the other.
package struct Checksum: Sendable {
    private enum State {
        case crc32(CRC32)
        case crc32c(UInt32)
        case adler32(low: UInt32, high: UInt32)
        case crc16(UInt16)
        case sum(UInt32)
    }

    private static let adlerModulus: UInt32 = 65521
    /// The most bytes that can be added before Adler-32's sums must be reduced, lest they overflow; the number of zlib.
    private static let adlerStretch = 5552

    private var state: State

    /// A checksum of no bytes yet.
    package init(_ algorithm: ChecksumAlgorithm) {
        state =
            switch algorithm {
            case .crc32: .crc32(CRC32())
            case .crc32c: .crc32c(.max)
            case .adler32: .adler32(low: 1, high: 0)
            case .crc16CCITT: .crc16(.max)
            case .sum: .sum(0)
            }
    }

    /// The checksum of all bytes given so far.
    package var value: UInt64 {
        switch state {
        case .crc32(let crc): UInt64(crc.value)
        case .crc32c(let crc): UInt64(~crc)
        case .adler32(let low, let high): UInt64(high << 16 | low)
        case .crc16(let crc): UInt64(crc)
        case .sum(let sum): UInt64(sum)
        }
    }

    /// Adds bytes.
    package mutating func update(_ bytes: Span<UInt8>) {
        switch state {
        case .crc32(var crc):
            crc.update(bytes)
            state = .crc32(crc)
        case .crc32c(var crc):
            let table = Self.castagnoliTable.span
            for index in bytes.indices { crc = crc >> 8 ^ table[Int((crc ^ UInt32(bytes[index])) & 0xFF)] }
            state = .crc32c(crc)
        case .adler32(let low, let high): state = Self.adler(bytes, low, high)
        case .crc16(var crc):
            let table = Self.ccittTable.span
            for index in bytes.indices { crc = crc << 8 ^ table[Int(UInt8(crc >> 8) ^ bytes[index])] }
            state = .crc16(crc)
        case .sum(var sum):
            for index in bytes.indices { sum &+= UInt32(bytes[index]) }
            state = .sum(sum)
        }
    }

    private static func adler(_ bytes: Span<UInt8>, _ low: UInt32, _ high: UInt32) -> State {
        var (low, high) = (low, high)
        var position = 0
        while position < bytes.count {
            let end = min(bytes.count, position + adlerStretch)
            for index in position..<end {
                low &+= UInt32(bytes[index])
                high &+= low
            }
            low %= adlerModulus
            high %= adlerModulus
            position = end
        }
        return .adler32(low: low, high: high)
    }

    private static let castagnoliTable: [UInt32] = (0..<256).map { byte in
        (0..<8).reduce(UInt32(byte)) { crc, _ in crc & 1 == 1 ? crc >> 1 ^ 0x82F6_3B78 : crc >> 1 }
    }

    private static let ccittTable: [UInt16] = (0..<256).map { byte in
        (0..<8).reduce(UInt16(byte) << 8) { crc, _ in crc & 0x8000 != 0 ? crc << 1 ^ 0x1021 : crc << 1 }
    }
}

extension ByteSource {
    /// The checksums of the first `count` bytes. The source must be one that can be read anywhere.
    package func checksums(
        _ algorithms: [ChecksumAlgorithm], ofFirst count: UInt64
    ) throws(FileError) -> [UInt64] {
        var checksums = algorithms.map { Checksum($0) }
        var buffer = [UInt8](repeating: 0, count: 1 << 14)
        var position: UInt64 = 0
        while position < count {
            let wanted = Int(min(UInt64(buffer.count), count - position))
            let filled = try fill(&buffer, count: wanted, from: position)
            guard filled > 0 else {
                throw .sourceChanged(path: name, .size(from: count, to: position))
            }
            for index in checksums.indices { checksums[index].update(buffer.span.extracting(0..<filled)) }
            position += UInt64(filled)
        }
        return checksums.map(\.value)
    }

    /// Puts bytes from `position` on into the buffer. Returns how many, 0 only at the end.
    func fill(_ buffer: inout [UInt8], count: Int, from position: UInt64) throws(FileError) -> Int {
        let result = try buffer.filling(count) { room throws(FileError) in try read(at: position, into: room)
        }
        guard case .bytes(let filled, _) = result else { return 0 }
        return filled
    }
}
