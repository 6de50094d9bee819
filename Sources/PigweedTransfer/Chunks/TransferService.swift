package import PigweedRPC

/// The methods of `pw.transfer.Transfer`.
package enum TransferService {
    /// The full name, whose hash is the service id.
    package static let name = "pw.transfer.Transfer"

    /// Bidirectional stream of chunks from the device: `Read`.
    package static let read = Method(service: name, method: "Read")

    /// Bidirectional stream of chunks to the device: `Write`.
    package static let write = Method(service: name, method: "Write")

    /// Unary: offsets and checksums of a resource. Firmware has this method from 2024-02 on.
    package static let getResourceStatus = Method(service: name, method: "GetResourceStatus")
}

/// Which way the data goes, seen from the host.
public enum Direction: Hashable, Sendable {
    /// Device to host; the client is the receiver.
    case read
    /// Host to device; the client is the transmitter.
    case write

    /// The stream on which transfers of this direction take place.
    package var method: Method {
        switch self {
        case .read: TransferService.read
        case .write: TransferService.write
        }
    }
}
