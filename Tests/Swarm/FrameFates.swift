internal import PigweedTransfer
internal import SimulatedDevice

/// A frame of a run: the direction it is sent in, and its number in that direction.
package struct FrameNumber: Hashable, Sendable {
    /// The way that a frame goes.
    package enum Direction: String, Hashable, Sendable {
        /// From the client.
        case toDevice = ">"
        /// From the device.
        case toClient = "<"

        /// The direction as an arrow in a trace.
        var arrow: String { self == .toDevice ? "-->" : "<--" }
    }

    /// The direction of the frame.
    package var direction: Direction
    /// The number of the frame, from 0.
    package var number: Int
}

/// What happens to one frame on the line.
package enum FrameFate: String, Hashable, Sendable, CaseIterable {
    /// It never arrives.
    case lost
    /// It arrives twice.
    case twice
    /// It arrives after the next frame, or alone after half a second.
    case swapped
    /// It is some round trips late, and so are the frames behind it.
    case late
    /// It is later than a chunk may be, and so are the frames behind it.
    case tooLate = "too-late"

    /// How long the frame is delayed; `nil` if it is not delayed.
    var delay: Duration? {
        switch self {
        case .lost, .twice: nil
        case .swapped: .milliseconds(500)
        case .late: .milliseconds(100)
        case .tooLate: .seconds(3)
        }
    }
}

/// Gives each frame of one direction the fate that was chosen for its number.
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
    /// The filters that give chosen frames of a direction their fates; none if no frame is chosen.
    func frameFilters(_ direction: FrameNumber.Direction) -> [any FaultFilter] {
        let fates = frameFates.filter { $0.key.direction == direction }
        guard !fates.isEmpty else { return [] }
        return [FrameFates(Dictionary(uniqueKeysWithValues: fates.map { ($0.key.number, $0.value) }))]
    }
}
