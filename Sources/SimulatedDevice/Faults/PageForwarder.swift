import PigweedTransfer

/// Passes on bytes in bursts, as the reference's test proxy does: it takes the bytes that wait, a page at the most,
/// waits for the time that they take at its rate, and passes on all of them at once. Then it takes the next page.
///
/// A sender that heeds ``SimulatedLink/freeAt`` is held back while more than ``buffer`` bytes wait to be taken.
package struct PageForwarder: TextualFilter {
    /// The rate in bytes a second.
    package let rate: Int
    /// The most bytes that are passed on at once; a larger piece is passed on alone.
    package let page: Int
    /// The most bytes that wait without holding back the sender.
    package let buffer: Int
    private var taken: [LinePiece] = []
    private var takenUntil = Instant(nanoseconds: .min)
    private var waiting: [LinePiece] = []
    private var waitingBytes = 0

    /// A filter of this rate and page, each at least 1.
    package init(rate: Int, page: Int = 4096, buffer: Int = 2048) {
        self.rate = max(rate, 1)
        self.page = max(page, 1)
        self.buffer = max(buffer, 0)
    }

    package mutating func process(_ piece: LinePiece, at now: Instant, into output: inout [LinePiece]) {
        waiting.append(piece)
        waitingBytes += piece.bytes.count
        if taken.isEmpty { takePage(at: now) }
    }

    package var holdsSenderUntil: Instant? {
        var next = takenUntil
        var rest = waiting[...]
        var bytes = waitingBytes
        while bytes > buffer {
            let page = firstPage(of: rest)
            bytes -= page.bytes
            rest = rest.dropFirst(page.pieces)
            if bytes > buffer { next = next + .time(of: page.bytes, at: rate) }
        }
        return waitingBytes > buffer ? next : nil
    }

    package var deadline: Instant? { taken.isEmpty ? nil : takenUntil }

    package mutating func release(at now: Instant, into output: inout [LinePiece]) {
        while let deadline, deadline <= now {
            output += taken
            takePage(at: deadline)
        }
    }

    private mutating func takePage(at now: Instant) {
        let page = firstPage(of: waiting[...])
        taken = Array(waiting.prefix(page.pieces))
        waiting.removeFirst(page.pieces)
        waitingBytes -= page.bytes
        takenUntil = now + .time(of: page.bytes, at: rate)
    }

    private func firstPage(of pieces: ArraySlice<LinePiece>) -> (pieces: Int, bytes: Int) {
        var count = 0
        var bytes = 0
        for piece in pieces {
            guard count == 0 || bytes + piece.bytes.count <= page else { break }
            count += 1
            bytes += piece.bytes.count
        }
        return (count, bytes)
    }

    var unseededText: String { "page-forwarder=\(rate),page=\(page),buffer=\(buffer)" }
}
