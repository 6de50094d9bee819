/// Numbers of the pcapng file format (draft-ietf-opsawg-pcapng).
enum Pcapng {
    static let sectionHeader: UInt32 = 0x0A0D_0D0A
    static let interfaceDescription: UInt32 = 1
    static let enhancedPacket: UInt32 = 6
    static let byteOrderMagic: UInt32 = 0x1A2B_3C4D

    /// `LINKTYPE_USER0`, the first of sixteen link types for private use; Pigweed's HDLC has no link type of its own.
    static let linkType: UInt16 = 147
    static let linkTypes: ClosedRange<UInt16> = 147...162

    enum Option {
        static let end: UInt16 = 0
        static let userApplication: UInt16 = 4
        static let packetFlags: UInt16 = 2
        static let interfaceName: UInt16 = 2
        static let interfaceDescription: UInt16 = 3
        static let timestampResolution: UInt16 = 9
        static let timestampOffset: UInt16 = 14
    }

    /// The direction of a packet, in the two lowest bits of its flags.
    enum Direction {
        static let mask: UInt32 = 3
        static let inbound: UInt32 = 1
        static let outbound: UInt32 = 2
    }
}
