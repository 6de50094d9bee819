internal import PigweedRPC

/// The data of a read on their way to the caller: where the bytes to be stored next are, and what is held behind a gap.
struct ReceivedData {
    private enum Place { case payload, holdBuffer }

    /// Up to here, as an offset, the caller got the data from sessions before the present one.
    private(set) var deliveredEnd: UInt64 = 0
    private var place = Place.payload
    private var range = 0..<0
    /// The bytes in front of `range` that the caller has from an earlier session.
    private var skippedCount = 0
    private var holdBuffer = HoldBuffer()

    /// How many bytes of the present session are stored when the caller has stored its own.
    var count: Int { skippedCount + range.count }

    /// A transfer begins.
    mutating func begin(at offset: UInt64) { deliveredEnd = offset }

    /// A session ends that has brought the data up to an offset, and another one begins.
    mutating func keep(upTo offset: UInt64) { deliveredEnd = max(deliveredEnd, offset) }

    /// A chunk has its data here in the payload of the packet.
    mutating func arrived(_ payloadRange: Range<Int>) {
        place = .payload
        range = payloadRange
    }

    /// Holds what arrived, which belongs at `offset`.
    mutating func hold(in payload: Span<UInt8>, at offset: UInt64) {
        holdBuffer.hold(payload.extracting(range), at: offset)
    }

    /// What arrived is to be stored at `offset` but for its first bytes, which were there already.
    ///
    /// - Returns: at which offset the caller has something to store; `nil` if it has all that.
    mutating func deliver(skip: Int, at offset: UInt64) -> UInt64? {
        range = min(range.lowerBound + skip, range.upperBound)..<range.upperBound
        return deliver(at: offset)
    }

    /// The beginning of what is held of these offsets is to be stored.
    ///
    /// - Returns: as of ``deliver(skip:at:)``.
    mutating func deliverHeld(_ offsets: Range<UInt64>) -> UInt64? {
        place = .holdBuffer
        range = HoldBuffer.place(of: offsets)
        return deliver(at: offsets.lowerBound)
    }

    private mutating func deliver(at offset: UInt64) -> UInt64? {
        let known = deliveredEnd > offset ? deliveredEnd - offset : 0
        skippedCount = Int(min(known, UInt64(range.count)))
        range = range.lowerBound + skippedCount..<range.upperBound
        return range.isEmpty ? nil : offset + UInt64(skippedCount)
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

/// Data that arrived ahead of a gap, until the gap is filled: a ring in which each byte has the place of its offset.
struct HoldBuffer {
    private var bytes: [UInt8] = []

    /// Holds `data`; all offsets held at a time lie within ``Tuning/holdBuffer``.
    mutating func hold(_ data: Span<UInt8>, at offset: UInt64) {
        if bytes.isEmpty { bytes = [UInt8](repeating: 0, count: Tuning.holdBuffer) }
        for index in data.indices {
            bytes[Int((offset &+ UInt64(index)) % UInt64(Tuning.holdBuffer))] = data[index]
        }
    }

    /// Where the bytes at the beginning of `range` are, as many as stand in one piece.
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
