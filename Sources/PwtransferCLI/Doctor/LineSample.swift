internal import HDLC
internal import PigweedRPC
internal import TransferClient

/// Sorts the bytes received on a line. Keeps only figures and the beginning of the text.
struct LineSample: ~Copyable {
    /// What the bytes look like.
    enum Kind: Sendable {
        case nothing
        /// Too few bytes to decide.
        case few
        /// At least one valid frame.
        case frames
        /// All frames are damaged: none has the right check sequence.
        case damagedFrames
        case text
        /// The two ends of the line seem to have different rates. With `isSlow`, the device seems to be the slower end.
        case noise(isSlow: Bool)
    }

    /// An address and a channel on which packets came.
    struct Origin: Hashable, Sendable {
        let address: FrameAddress
        let channel: UInt32
    }

    struct Figures: Sendable {
        var bytes = 0
        var zeros = 0
        var ones = 0
        var printable = 0
        /// Bytes whose bits change at most once, as when each bit is sampled several times.
        var calm = 0
        var frames = 0
        var logFrames = 0
        var damagedFrames = 0
        /// The number of server packets from each origin, for at most ``LineSample/originLimit`` origins.
        var origins: [Origin: Int] = [:]
        /// The addresses of frames, at most ``LineSample/originLimit``.
        var addresses: Set<UInt64> = []
        /// The beginning of the bytes outside of frames.
        var text: [UInt8] = []
        /// The first bytes, which show whether the line speaks telnet.
        var greeting = LineGreeting()
    }

    static let originLimit = 16
    private static let textLimit = 160
    /// More than any firmware has room for.
    private static let contentLimit = 4096
    fileprivate static let fewBytes = 8

    private(set) var figures = Figures()
    private var decoder = FrameDecoder(maximumContentSize: contentLimit)

    /// Takes bytes as they arrive.
    ///
    /// - Parameter packet: is called with each packet of a server, and its origin.
    mutating func receive(_ bytes: Span<UInt8>, packet: (Packet, Origin) -> Void) {
        figures.greeting.receive(bytes)
        for index in bytes.indices { count(bytes[index]) }
        var position = 0
        while let output = decoder.next(in: bytes, at: &position) {
            switch output {
            case .frame(let address, _):
                figures.frames += 1
                if address == .log { figures.logFrames += 1 }
                if figures.addresses.count < Self.originLimit { figures.addresses.insert(address.rawValue) }
                guard address != .log, let (found, _) = Packet.decode(decoder.payload),
                    found.kind.isFromServer
                else { continue }
                let origin = Origin(address: address, channel: found.channel)
                if figures.origins[origin] != nil || figures.origins.count < Self.originLimit {
                    figures.origins[origin, default: 0] += 1
                }
                packet(found, origin)
            case .unframed(let defect):
                if defect != .text { figures.damagedFrames += 1 }
                Self.appendUnframed(of: decoder, to: &figures.text)
            }
        }
    }

    /// The figures, with the bytes behind the last frame included.
    mutating func finish() -> Figures {
        if decoder.flushText() { Self.appendUnframed(of: decoder, to: &figures.text) }
        return figures
    }

    private mutating func count(_ byte: UInt8) {
        figures.bytes += 1
        switch byte {
        case 0: figures.zeros += 1
        case 0xFF: figures.ones += 1
        case 0x20...0x7E, 0x08...0x0D, 0x1B: figures.printable += 1
        default: break
        }
        if ((byte ^ (byte >> 1)) & 0x7F).nonzeroBitCount <= 1 { figures.calm += 1 }
    }

    private static func appendUnframed(of decoder: borrowing FrameDecoder, to text: inout [UInt8]) {
        let bytes = decoder.unframed
        for index in bytes.indices where text.count < textLimit { text.append(bytes[index]) }
    }
}

extension LineSample.Figures {
    /// What the bytes look like.
    var kind: LineSample.Kind {
        if bytes == 0 { return .nothing }
        if frames > 0 { return .frames }
        if bytes >= 4, printable >= bytes * 17 / 20 { return .text }
        if bytes < LineSample.fewBytes { return .few }
        // In noise, one byte of 256 is a flag, and a frame seems to begin behind one flag of 256.
        if damagedFrames > bytes / 8192 { return .damagedFrames }
        // In random bytes, one of sixteen is calm.
        return .noise(isSlow: calm >= bytes / 3)
    }
}
