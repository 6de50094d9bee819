/// A descriptor that is closed when this object is destroyed, unless it belongs to somebody else.
package final class OwnedDescriptor: Sendable {
    package let rawValue: Int32
    private let isOwned: Bool

    package init(_ rawValue: Int32, isOwned: Bool) {
        self.rawValue = rawValue
        self.isOwned = isOwned
    }

    deinit {
        if isOwned { FileSystem.close(rawValue) }
    }
}
