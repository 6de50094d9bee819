/// Where a receiver stands: what it has, and how far it lets the transmitter go (protocol: window).
struct ReceiveWindow {
    /// What a data chunk means to the receiver.
    enum Placement: Hashable {
        /// The bytes that are wanted next.
        case next
        /// Bytes that are there already, or a repeated end.
        case duplicate
        /// The bytes wanted next, but more than was asked for.
        case beyondWindow
        /// Something is missing before these bytes, or they overlap what is there.
        case gap
    }

    private let maximumSize: UInt64
    /// The next wanted byte.
    private(set) var expected: UInt64
    /// The end, exclusive, of what was asked for.
    private(set) var end: UInt64

    init(initialOffset: UInt64, maximumSize: UInt32) {
        self.maximumSize = UInt64(max(maximumSize, 1))
        expected = initialOffset
        end = initialOffset
        reopen()
    }

    func placement(offset: UInt64, count: Int) -> Placement {
        let (chunkEnd, overflow) = offset.addingReportingOverflow(UInt64(count))
        guard !overflow else { return .gap }
        if offset == expected { return chunkEnd <= end ? .next : .beyondWindow }
        return chunkEnd <= expected ? .duplicate : .gap
    }

    /// Whether so little of the window is left that the transmitter should hear of more, lest it runs dry.
    var isHalfUsed: Bool { end - expected <= maximumSize / 2 }

    mutating func advance(by count: Int) {
        expected += UInt64(count)
    }

    /// Opens the window to its full size again. It never reaches behind the last offset of the protocol.
    mutating func reopen() {
        let room = expected < maximumOffset ? maximumOffset - expected : 0
        end = expected + min(maximumSize, room)
    }

    /// Takes over a lower end that the transmitter announced; false if it is none.
    mutating func lower(to newEnd: UInt64) -> Bool {
        guard newEnd >= expected, newEnd <= end else { return false }
        end = newEnd
        return true
    }
}
