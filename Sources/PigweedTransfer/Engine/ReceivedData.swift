internal import PigweedRPC

/// The data of a read on their way to the caller: where the bytes to be stored next are, and what is held behind a gap.
struct ReceivedData {
    private enum Place { case payload, holdBuffer }

    /// The offset up to which the caller has the data from earlier sessions of the transfer.
    private(set) var deliveredEnd: UInt64 = 0
    private var place = Place.payload
    private var range = 0..<0
    /// The bytes in front of `range` that the caller has from an earlier session.
    private var skippedCount = 0
    private var holdBuffer = HoldBuffer()

    /// By how many bytes the session advances once the caller has stored ``bytes(of:)``: by these and the skipped ones.
    var count: Int { skippedCount + range.count }

    /// Begins a transfer at an offset of the resource.
    mutating func begin(at offset: UInt64) { deliveredEnd = offset }

    /// Notes that a session ended with the data stored up to an offset, and that another one begins.
    mutating func keep(upTo offset: UInt64) { deliveredEnd = max(deliveredEnd, offset) }

    /// Notes where the data of a chunk stand in the payload of its packet.
    mutating func arrived(_ payloadRange: Range<Int>) {
        place = .payload
        range = payloadRange
    }

    /// Holds the data of the last chunk, which belong at `offset`, behind a gap.
    mutating func hold(in payload: Span<UInt8>, at offset: UInt64) {
        holdBuffer.hold(payload.extracting(range), at: offset)
    }

    /// Hands out the data of the last chunk without the first `skip` bytes, to be stored at `offset`.
    ///
    /// - Returns: the offset of the bytes that the caller has to store; `nil` if it has all of them.
    mutating func deliver(skip: Int, at offset: UInt64) -> UInt64? {
        range = min(range.lowerBound + skip, range.upperBound)..<range.upperBound
        return deliver(at: offset)
    }

    /// Hands out held data, to be stored: the beginning of `offsets`, up to the end of the ring.
    ///
    /// - Returns: as ``deliver(skip:at:)``.
    mutating func deliverHeld(_ offsets: Range<UInt64>) -> UInt64? {
        place = .holdBuffer
        range = HoldBuffer.place(of: offsets)
        return deliver(at: offsets.lowerBound)
    }

    private mutating func deliver(at offset: UInt64) -> UInt64? {
        let known = deliveredEnd > offset ? deliveredEnd - offset : 0
        skippedCount = Int(min(known, UInt64(range.count)))
        range = range.lowerBound + skippedCount..<range.upperBound
        return range.isEmpty && offset < deliveredEnd ? nil : offset + UInt64(skippedCount)
    }

    /// The bytes to be stored.
    @_lifetime(borrow self, borrow client)
    func bytes(of client: borrowing RPCClient) -> Span<UInt8> {
        switch place {
        case .payload: client.payload.extracting(range)
        case .holdBuffer: holdBuffer.storage.extracting(range)
        }
    }
}

/// Data from behind a gap, held until the gap is filled: a ring in which each byte has the place of its offset.
struct HoldBuffer {
    private var bytes: [UInt8] = []

    /// Holds `data`; all offsets held at a time lie within ``Tuning/holdBuffer``.
    mutating func hold(_ data: Span<UInt8>, at offset: UInt64) {
        if bytes.isEmpty { bytes = [UInt8](repeating: 0, count: Tuning.holdBuffer) }
        for index in data.indices {
            bytes[Int((offset &+ UInt64(index)) % UInt64(Tuning.holdBuffer))] = data[index]
        }
    }

    /// The place of the bytes at the beginning of `range`, up to the end of the ring.
    static func place(of range: Range<UInt64>) -> Range<Int> {
        let start = Int(range.lowerBound % UInt64(Tuning.holdBuffer))
        let count = min(range.upperBound - range.lowerBound, UInt64(Tuning.holdBuffer - start))
        return start..<start + Int(count)
    }

    /// The bytes at places given by ``place(of:)``.
    var storage: Span<UInt8> {
        @_lifetime(borrow self)
        get { bytes.span }
    }
}
