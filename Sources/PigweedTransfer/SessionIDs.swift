/// The ids of a client's sessions: never 0, and none twice before all others were used (protocol: rules).
struct SessionIDs {
    private var next: UInt32

    init(first: UInt32) { next = first }

    mutating func take() -> UInt32 {
        defer { next = next == .max ? 1 : next + 1 }
        return next
    }
}
