/// A file of a device: a name for one of its resources.
public struct DeviceFile: Hashable, Sendable {
    /// The whole name, such as `/logs/boot.txt`.
    package var path: String
    /// The resource with which it is transferred.
    package var resource: UInt32
    /// Whether clients may delete it.
    package var isDeletable: Bool

    /// A file.
    public init(path: String, resource: UInt32, isDeletable: Bool = false) {
        self.path = path
        self.resource = resource
        self.isDeletable = isDeletable
    }
}

/// What no device should do when it is asked for its files, but a broken or hostile one may.
package enum ListingFault: String, Hashable, Sendable, CaseIterable {
    /// The list never ends.
    case endless
    /// Each file is said to have 4 GiB less a byte.
    case hugeSizes = "huge-sizes"
    /// Sizes, permissions and ids are beyond what their fields can hold.
    case oversizedNumbers = "oversized-numbers"
    /// Names are no UTF-8.
    case brokenNames = "broken-names"
    /// The messages are no protobuf.
    case garbage
    /// The list ends with a status that Pigweed does not define.
    case unknownStatus = "unknown-status"
    /// The list begins and never continues.
    case stalls
    /// There is no answer at all.
    case silent
}
