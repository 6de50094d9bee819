extension Optional where Wrapped: ~Copyable {
    /// What a closure makes of the wrapped value, which optional chaining would consume; `nil` if there is none.
    @inline(__always)
    borrowing func borrowing<Result>(_ body: (borrowing Wrapped) -> Result?) -> Result? {
        switch self {
        case .some(let wrapped): body(wrapped)
        case .none: nil
        }
    }
}
