/// A descriptor that is closed with the object, unless it belongs to somebody else.
final class OwnedDescriptor: Sendable {
    let rawValue: Int32
    private let isOwned: Bool

    init(_ rawValue: Int32, isOwned: Bool) {
        self.rawValue = rawValue
        self.isOwned = isOwned
    }

    deinit {
        if isOwned { FileSystem.close(rawValue) }
    }
}
