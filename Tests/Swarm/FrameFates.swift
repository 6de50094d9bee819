internal import PigweedTransfer
internal import SimulatedDevice

/// A frame of a run: the direction it is sent in, and its number in that direction.
package struct FrameNumber: Hashable, Sendable {
    /// Where it goes.
    package enum Direction: String, Hashable, Sendable {
        /// From the client.
        case toDevice = ">"
        /// From the device.
        case toClient = "<"

        /// As a trace shows it.
        var arrow: String { self == .toDevice ? "-->" : "<--" }
    }

    /// Where it goes.
    package var direction: Direction
    /// 0 for the first.
    package var number: Int
}

/// What becomes of one frame.
package enum FrameFate: String, Hashable, Sendable, CaseIterable {
    /// It never arrives.
    case lost
    /// It arrives twice.
    case twice
    /// It arrives behind the next one, or alone after half a second.
    case swapped
    /// It is some round trips late, and what follows with it.
    case late
    /// It is later than a chunk may be, and what follows with it.
    case tooLate = "too-late"

    /// How long it is kept, if it is.
    var delay: Duration? {
        switch self {
        case .lost, .twice: nil
        case .swapped: .milliseconds(500)
        case .late: .milliseconds(100)
        case .tooLate: .seconds(3)
        }
    }
}

/// Does to each frame of one direction what was chosen for its number.
struct FrameFates: FaultFilter {
    private let fates: [Int: FrameFate]
    private var count = 0
    private var swapped: LinePiece?
    private var late: [LinePiece] = []
    private(set) var deadline: Instant?

    init(_ fates: [Int: FrameFate]) {
        self.fates = fates
    }

    mutating func process(_ piece: LinePiece, at now: Instant, into output: inout [LinePiece]) {
        guard piece.isFrame else { return output.append(piece) }
        let fate = fates[count]
        count += 1
        guard fate != .lost else { return }
        let pieces = fate == .twice ? [piece, piece] : [piece]
        guard late.isEmpty else { return late += pieces }
        if fate == .swapped, swapped == nil {
            swapped = piece
        } else if fate == .late || fate == .tooLate {
            late = takeSwapped() + pieces
        } else {
            output += pieces + takeSwapped()
        }
        if let delay = fate?.delay, swapped != nil || !late.isEmpty { deadline = now + delay }
    }

    mutating func release(at now: Instant, into output: inout [LinePiece]) {
        output += takeSwapped() + late
        late = []
        deadline = nil
    }

    private mutating func takeSwapped() -> [LinePiece] {
        defer {
            swapped = nil
            deadline = nil
        }
        return swapped.map { [$0] } ?? []
    }
}

extension SwarmPlan {
    /// What deals with chosen frames of a direction; nothing if there are none.
    func frameFilters(_ direction: FrameNumber.Direction) -> [any FaultFilter] {
        let fates = frameFates.filter { $0.key.direction == direction }
        guard !fates.isEmpty else { return [] }
        return [FrameFates(Dictionary(uniqueKeysWithValues: fates.map { ($0.key.number, $0.value) }))]
    }
}
