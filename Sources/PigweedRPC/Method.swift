/// A method of a Pigweed RPC service, named by the hashes that packets carry.
public struct Method: Hashable, Sendable {
    /// Hash of the service's full name.
    public var service: UInt32

    /// Hash of the method's name alone, without package and service.
    public var method: UInt32

    /// A method by its ids.
    public init(service: UInt32, method: UInt32) {
        self.service = service
        self.method = method
    }

    /// A method by its names, such as `pw.transfer.Transfer` and `Read`.
    public init(service: String, method: String) {
        self.init(service: Self.hash(service), method: Self.hash(method))
    }

    /// Pigweed's name hash: 65599 to the power of the position, times the byte, summed modulo 2^32, on top of the
    /// length (`pw_rpc/internal/hash.h`).
    package static func hash(_ name: String) -> UInt32 {
        var hash = UInt32(truncatingIfNeeded: name.utf8.count)
        var coefficient: UInt32 = 65599
        for byte in name.utf8 {
            hash &+= coefficient &* UInt32(byte)
            coefficient &*= 65599
        }
        return hash
    }
}
