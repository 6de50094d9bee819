/// Versions of the protocol.
public enum ProtocolVersion: UInt32, Hashable, Sendable {
    /// Transfers are named by resource; no handshake.
    case legacy = 1
    /// Transfers have sessions; handshake and confirmed completion.
    case version2 = 2
}
