/// The ids of a client's sessions: never 0, and none twice before all others were used (protocol: rules).
struct SessionIDs {
    private var next: UInt32

    init(first: UInt32) { next = first }

    /// The next id for a transfer of a resource. It is not the number of the resource: a legacy chunk has one number, which
    /// would name both the session and the resource.
    mutating func take(for resource: UInt32) -> UInt32 {
        if next == resource { advance() }
        defer { advance() }
        return next
    }

    private mutating func advance() { next = next == .max ? 1 : next + 1 }
}
