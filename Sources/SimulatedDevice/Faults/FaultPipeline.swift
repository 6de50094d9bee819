import PigweedTransfer

/// The filters of one direction of a line, in the order in which bytes pass them.
///
/// An empty pipeline lets everything pass. ``SimulatedLink`` drives it with the times of arrival.
package struct FaultPipeline: Sendable {
    private var filters: [any FaultFilter]
    private let noticesOtherDirection: Bool
    private var otherDirection = FrameCollector()

    /// A row of filters.
    package init(_ filters: [any FaultFilter] = []) {
        self.filters = filters
        noticesOtherDirection = filters.contains { type(of: $0).noticesOtherDirection }
    }

    /// Whether there are no filters.
    package var isEmpty: Bool { filters.isEmpty }

    /// When ``release(at:into:)`` has something to do; `nil` if no filter holds back pieces.
    package var deadline: Instant? { filters.lazy.compactMap(\.deadline).min() }

    /// Until when a sender that heeds backpressure must wait; `nil` if it need not wait.
    package var holdsSenderUntil: Instant? { filters.lazy.compactMap(\.holdsSenderUntil).max() }

    /// Sends a piece that has arrived through all filters, and appends the bytes that come out at once.
    package mutating func process(_ piece: LinePiece, at now: Instant, into output: inout [UInt8]) {
        pass([piece], from: 0, at: now, into: &output)
    }

    /// Takes the pieces that filters have held back until now, and sends them through the filters behind.
    package mutating func release(at now: Instant, into output: inout [UInt8]) {
        for index in filters.indices {
            guard let deadline = filters[index].deadline, deadline <= now else { continue }
            var pieces: [LinePiece] = []
            filters[index].release(at: now, into: &pieces)
            pass(pieces, from: index + 1, at: now, into: &output)
        }
    }

    /// Shows the filters the bytes that arrived at the end of the other direction.
    package mutating func noticeOtherDirection(_ bytes: Span<UInt8>) {
        guard noticesOtherDirection else { return }
        for index in bytes.indices {
            guard let bytes = otherDirection.append(bytes[index]), let frame = TransferFrame(bytes) else {
                continue
            }
            for index in filters.indices { filters[index].notice(frame) }
        }
    }

    private mutating func pass(
        _ pieces: [LinePiece], from first: Int, at now: Instant, into output: inout [UInt8]
    ) {
        var pieces = pieces
        for index in first..<max(first, filters.count) {
            var next: [LinePiece] = []
            for piece in pieces { filters[index].process(piece, at: now, into: &next) }
            pieces = next
        }
        for piece in pieces { output += piece.bytes }
    }
}
