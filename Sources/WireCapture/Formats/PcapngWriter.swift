public import PigweedTransfer

/// Writes captures as pcapng, which Wireshark opens: a packet for each frame with its flags and escapes, or for the
/// bytes between frames, with times to the nanosecond and directions.
///
/// All packets of one direction of a port, one after the other, are exactly the bytes that went this way.
public struct PcapngWriter: Sendable {
    /// The most bytes of a packet; a longer frame is cut.
    private static let packetLimit = 1 << 16

    /// The bytes that go one way over the line of a port.
    private struct Stream: Sendable {
        var packets = WirePackets(limit: packetLimit)
        /// When the last bytes went this way.
        var last = Instant.zero
    }

    private let started: Instant
    private let ports: [String]
    private var lines: [[WireDirection: Stream]]

    /// A writer of a new file.
    ///
    /// - Parameters:
    ///   - ports: the names of the ports; each port is an interface.
    ///   - started: the wall clock's time since 1970 at time 0 of the recording.
    public init(ports: [String], started: Instant) {
        self.ports = ports
        self.started = started
        lines = ports.map { _ in [:] }
    }

    /// The beginning of the file.
    ///
    /// - Parameter application: name and version of the writing program.
    public func header(application: String) -> [UInt8] {
        var section = Block(Pcapng.sectionHeader)
        section.append(Pcapng.byteOrderMagic)
        section.append(UInt16(1))
        section.append(UInt16(0))
        // The size of the section is not known.
        section.append(UInt64.max)
        section.append(option: Pcapng.Option.userApplication, Array(application.utf8))
        section.append(option: Pcapng.Option.end, [])
        return ports.reduce(section.finished()) { header, port in
            var interface = Block(Pcapng.interfaceDescription)
            interface.append(Pcapng.linkType)
            interface.append(UInt16(0))
            interface.append(UInt32(0))
            interface.append(option: Pcapng.Option.interfaceName, Array(port.utf8))
            interface.append(
                option: Pcapng.Option.interfaceDescription,
                Array("pw_rpc in HDLC; outbound packets go to the device".utf8))
            interface.append(option: Pcapng.Option.timestampResolution, [9])
            interface.append(option: Pcapng.Option.end, [])
            return header + interface.finished()
        }
    }

    /// Takes bytes that went over the line of a port at `time`. Returns the packets that these bytes complete.
    ///
    /// - Parameters:
    ///   - bytes: the bytes that were written or read at once; frames need not be whole.
    ///   - direction: the direction of the bytes.
    ///   - port: the index of the port.
    ///   - time: the time on the clock of the recording.
    public mutating func record(
        _ bytes: Span<UInt8>, _ direction: WireDirection, port: Int = 0, at time: Instant
    ) -> [UInt8] {
        guard lines.indices.contains(port) else { return [] }
        var packets: [[UInt8]] = []
        lines[port][direction, default: Stream()].packets.append(bytes, packets: &packets)
        lines[port][direction]?.last = time
        return blocks(packets, direction, port, at: time)
    }

    /// The packets of unfinished frames on the line of a port, at the times of their last bytes.
    public mutating func finish(port: Int = 0) -> [UInt8] {
        guard lines.indices.contains(port) else { return [] }
        return WireDirection.allCases.flatMap { direction -> [UInt8] in
            guard var stream = lines[port].removeValue(forKey: direction) else { return [] }
            return blocks(stream.packets.rest(), direction, port, at: stream.last)
        }
    }

    private func blocks(
        _ packets: [[UInt8]], _ direction: WireDirection, _ port: Int, at time: Instant
    ) -> [UInt8] {
        let stamp = UInt64(max(0, (started + .nanoseconds(time.nanoseconds)).nanoseconds))
        var result: [UInt8] = []
        for packet in packets {
            var block = Block(Pcapng.enhancedPacket)
            block.append(UInt32(truncatingIfNeeded: port))
            block.append(UInt32(stamp >> 32))
            block.append(UInt32(truncatingIfNeeded: stamp))
            block.append(UInt32(packet.count))
            block.append(UInt32(packet.count))
            block.append(padded: packet)
            let flags = direction == .toDevice ? Pcapng.Direction.outbound : Pcapng.Direction.inbound
            block.append(option: Pcapng.Option.packetFlags, flags)
            block.append(option: Pcapng.Option.end, [])
            result += block.finished()
        }
        return result
    }

    /// A block that is put together, in little endian.
    private struct Block {
        private var bytes: [UInt8] = []

        init(_ type: UInt32) {
            append(type)
            append(UInt32(0))
        }

        mutating func append(_ value: some FixedWidthInteger) {
            withUnsafeBytes(of: value.littleEndian) { bytes.append(contentsOf: $0) }
        }

        mutating func append(padded content: [UInt8]) {
            bytes += content
            while !bytes.count.isMultiple(of: 4) { bytes.append(0) }
        }

        mutating func append(option code: UInt16, _ value: UInt32) {
            append(code)
            append(UInt16(4))
            append(value)
        }

        mutating func append(option code: UInt16, _ value: [UInt8]) {
            let value = value.prefix(Int(UInt16.max) - 3)
            append(code)
            append(UInt16(value.count))
            append(padded: Array(value))
        }

        func finished() -> [UInt8] {
            var block = self
            let size = UInt32(bytes.count + 4)
            block.append(size)
            withUnsafeBytes(of: size.littleEndian) { block.bytes.replaceSubrange(4..<8, with: $0) }
            return block.bytes
        }
    }
}
