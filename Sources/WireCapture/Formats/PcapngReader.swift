internal import PigweedTransfer

/// Reads pcapng files of any program, if their packets are bytes of serial lines.
///
/// Unknown blocks and options are skipped. Sizes and numbers of interfaces are checked before use.
struct PcapngReader: ~Copyable {
    /// The most bytes of a block; this program's blocks have 64 KiB and a little more.
    static let blockLimit = 1 << 20
    private static let interfaceLimit = 256
    private static let headerSize = 12

    private struct Interface {
        var name: String?
        var resolution: UInt8 = 6
        /// The seconds that are added to the time of each packet.
        var offsetSeconds: Int64 = 0
    }

    private var block: [UInt8] = []
    /// The size of the block that is being collected; 0 while it is not known.
    private var size = 0
    private var offset: UInt64 = 0
    private var isBigEndian = false
    private var isInSection = false
    private var interfaces: [Interface] = []

    mutating func feed(_ bytes: Span<UInt8>, into events: inout [WireBytes]) throws(CaptureError) {
        var position = 0
        while position < bytes.count {
            let wanted = size == 0 ? Self.headerSize : size
            let count = min(wanted - block.count, bytes.count - position)
            for index in position..<position + count { block.append(bytes[index]) }
            position += count
            guard block.count == wanted else { return }
            if size == 0 {
                size = try blockSize()
                guard block.count == size else { continue }
            }
            do throws(CaptureError.Defect) {
                if let event = try event() { events.append(event) }
            } catch {
                throw .badBlock(offset: offset, error)
            }
            offset += UInt64(size)
            block.removeAll(keepingCapacity: true)
            size = 0
        }
    }

    /// Whether the file ends within a block, which is lost.
    var endsInBlock: Bool { !block.isEmpty }

    private mutating func blockSize() throws(CaptureError) -> Int {
        let isSection = block[0..<4].elementsEqual([0x0A, 0x0D, 0x0D, 0x0A])
        if isSection {
            switch (number(8, UInt32.self), isBigEndian) {
            case (Pcapng.byteOrderMagic, _): break
            case (Pcapng.byteOrderMagic.byteSwapped, _): isBigEndian.toggle()
            default: throw .badBlock(offset: offset, .noSection)
            }
        } else if !isInSection {
            throw .badBlock(offset: offset, .noSection)
        }
        let size = Int(number(4, UInt32.self))
        guard size <= Self.blockLimit else { throw .badBlock(offset: offset, .tooLong) }
        guard size >= Self.headerSize, size.isMultiple(of: 4) else {
            throw .badBlock(offset: offset, .sizes)
        }
        return size
    }

    /// The bytes of a serial line in a whole block; `nil` if the block has none.
    private mutating func event() throws(CaptureError.Defect) -> WireBytes? {
        guard number(size - 4, UInt32.self) == UInt32(size) else { throw .sizes }
        switch number(0, UInt32.self) {
        case Pcapng.sectionHeader:
            isInSection = true
            interfaces = []
            return nil
        case Pcapng.interfaceDescription:
            try describeInterface()
            return nil
        case Pcapng.enhancedPacket: return try packet()
        default: return nil
        }
    }

    private mutating func describeInterface() throws(CaptureError.Defect) {
        guard size >= 20 else { throw .sizes }
        guard Pcapng.linkTypes.contains(number(8, UInt16.self)) else { throw .linkType }
        guard interfaces.count < Self.interfaceLimit else { throw .tooManyInterfaces }
        var interface = Interface()
        for option in try options(from: 16) {
            switch (option.code, option.range.count) {
            case (Pcapng.Option.timestampResolution, 1...):
                interface.resolution = block[option.range.lowerBound]
            case (Pcapng.Option.timestampOffset, 8):
                interface.offsetSeconds = number(option.range.lowerBound, Int64.self)
            case (Pcapng.Option.interfaceName, 1...):
                interface.name = String(decoding: block[option.range], as: UTF8.self)
            default: break
            }
        }
        interfaces.append(interface)
    }

    private func packet() throws(CaptureError.Defect) -> WireBytes {
        guard size >= 32 else { throw .sizes }
        guard let index = Int(exactly: number(8, UInt32.self)), interfaces.indices.contains(index) else {
            throw .unknownInterface
        }
        let captured = Int(number(20, UInt32.self))
        guard captured <= size - 32 else { throw .sizes }
        var direction: WireDirection?
        let padded = (captured + 3) / 4 * 4
        for option in try options(from: 28 + padded)
        where option.code == Pcapng.Option.packetFlags && option.range.count == 4 {
            switch number(option.range.lowerBound, UInt32.self) & Pcapng.Direction.mask {
            case Pcapng.Direction.inbound: direction = .toHost
            case Pcapng.Direction.outbound: direction = .toDevice
            default: break
            }
        }
        let stamp = UInt64(number(12, UInt32.self)) << 32 | UInt64(number(16, UInt32.self))
        let interface = interfaces[index]
        let time =
            Instant(nanoseconds: Self.nanoseconds(stamp, resolution: interface.resolution))
            + .seconds(max(-9_000_000_000, min(interface.offsetSeconds, 9_000_000_000)))
        // A capture with one interface is a capture of one line, so its name does not matter.
        let port = interfaces.count > 1 ? interface.name ?? "interface \(index)" : nil
        return WireBytes(
            time: time, direction: direction, bytes: Array(block[28..<28 + captured]), port: port)
    }

    /// The options between `start` and the size at the end of the block.
    private func options(from start: Int) throws(CaptureError.Defect) -> [(code: UInt16, range: Range<Int>)] {
        var options: [(code: UInt16, range: Range<Int>)] = []
        var position = start
        let end = size - 4
        while position + 4 <= end {
            let code = number(position, UInt16.self)
            let count = Int(number(position + 2, UInt16.self))
            guard code != Pcapng.Option.end else { break }
            position += 4
            guard count <= end - position else { throw .sizes }
            options.append((code, position..<position + count))
            position += (count + 3) / 4 * 4
        }
        return options
    }

    /// The number at a position, in the byte order of the section. The caller must check that the block is long enough.
    private func number<Value: FixedWidthInteger>(_ position: Int, _: Value.Type) -> Value {
        var value: Value = 0
        for index in 0..<Value.bitWidth / 8 {
            let place = isBigEndian ? index : Value.bitWidth / 8 - 1 - index
            value = value << 8 | Value(truncatingIfNeeded: block[position + place])
        }
        return value
    }

    /// A time stamp in nanoseconds, limited to the largest `Int64`. The unit of the stamp is a power of ten or, if the
    /// highest bit of `resolution` is set, of two. The exponent is the negative of the other bits.
    static func nanoseconds(_ stamp: UInt64, resolution: UInt8) -> Int64 {
        let exponent = Int(resolution & 0x7F)
        let product: (high: UInt64, low: UInt64)
        if resolution & 0x80 != 0 {
            product = stamp.multipliedFullWidth(by: 1_000_000_000)
            guard exponent < 64 else { return 0 }
            guard exponent > 0 else { return product.high > 0 ? .max : Int64(clamping: product.low) }
            guard product.high >> UInt64(exponent) == 0 else { return .max }
            return Int64(clamping: product.high << UInt64(64 - exponent) | product.low >> UInt64(exponent))
        }
        guard exponent <= 28 else { return 0 }
        let shift = (0..<abs(9 - exponent)).reduce(UInt64(1)) { power, _ in power * 10 }
        guard exponent < 9 else { return Int64(clamping: stamp / shift) }
        product = stamp.multipliedFullWidth(by: shift)
        return product.high > 0 ? .max : Int64(clamping: product.low)
    }
}
