/// A file of a device: a name for one of its resources.
public struct DeviceFile: Hashable, Sendable {
    /// The whole name of the file, such as `/logs/boot.txt`.
    package var path: String
    /// The resource by which the file is transferred.
    package var resource: UInt32
    /// Whether clients may delete the file.
    package var isDeletable: Bool

    /// A file that stands for a resource.
    public init(path: String, resource: UInt32, isDeletable: Bool = false) {
        self.path = path
        self.resource = resource
        self.isDeletable = isDeletable
    }
}

/// A way in which a broken or hostile device may answer when it is asked for its files.
package enum ListingFault: String, Hashable, Sendable, CaseIterable {
    /// The list never ends.
    case endless
    /// Each file has a size of 4 GiB less a byte.
    case hugeSizes = "huge-sizes"
    /// Sizes, permissions and ids are too large for their fields.
    case oversizedNumbers = "oversized-numbers"
    /// Names are no UTF-8.
    case brokenNames = "broken-names"
    /// The messages are no protobuf.
    case garbage
    /// The list ends with a status that Pigweed does not define.
    case unknownStatus = "unknown-status"
    /// After each restart, each file has the number that the next one had.
    case renumbered
    /// The list begins and never continues.
    case stalls
    /// There is no answer at all.
    case silent
}
