/// Counts how often in a row a device went away without progress in between.
struct VainReturns {
    /// How often in a row a device may go away without progress.
    private static let limit = 5
    /// The fewest bytes that count as progress: a device may give one byte each time that it comes back.
    private static let leastProgress: UInt64 = 64

    private var count = 0
    /// How far the transfer was when the device last went away after progress.
    private var furthest: UInt64 = 0

    /// Whether the device went away too often in a row to try once more.
    var areTooMany: Bool { count > Self.limit }

    /// Counts that the device went away.
    ///
    /// - Parameter moved: how many bytes of the transfer were moved by then.
    mutating func add(after moved: UInt64) {
        if moved >= furthest + Self.leastProgress {
            count = 1
            furthest = moved
        } else {
            count += 1
        }
    }

    /// Counts a new start, which discards everything that was moved.
    mutating func addNewStart() { count += 1 }
}
