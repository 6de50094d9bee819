/// The one message of the protocol, `pw.transfer.Chunk`, without its data, which stays where it was received.
///
/// Optional properties are fields with explicit presence: absent and zero differ. The others are zero when absent.
package struct Chunk: Hashable, Sendable {
    /// What a chunk is for.
    package enum Kind: UInt32, Hashable, Sendable, CaseIterable {
        /// Carries data; `remainingBytes` is 0 if these are the last ones.
        case data = 0
        /// The client asks for a transfer.
        case start = 1
        /// The receiver wants data from `offset` on, whatever was sent before.
        case parametersRetransmit = 2
        /// The receiver opens its window further.
        case parametersContinue = 3
        /// Ends the transfer with `status`.
        case completion = 4
        /// Confirms a completion; version 2 only.
        case completionAck = 5
        /// The server's answer to a start; version 2 only.
        case startAck = 6
        /// The client's answer to a ``startAck``; version 2 only.
        case startAckConfirmation = 7
    }

    /// The resource in the legacy protocol, and in a start for the benefit of legacy servers.
    package var transferID: UInt32 = 0
    /// Legacy: the number of bytes wanted from `offset` on. If it is not zero, it takes precedence over
    /// `windowEndOffset`.
    package var pendingBytes: UInt32?
    /// The most data bytes that the receiver takes in one chunk.
    package var maxChunkSizeBytes: UInt32?
    /// The pause that the receiver wants between two data chunks.
    package var minDelayMicroseconds: UInt32?
    /// In a data chunk: the place of the data in the resource. In parameters: the next byte that the receiver wants.
    package var offset: UInt64 = 0
    /// The number of bytes behind this chunk: 0 on the last one, absent if the transmitter does not know.
    package var remainingBytes: UInt64?
    /// How the transfer ended.
    package var status: UInt32?
    /// The end, exclusive, up to which the receiver takes data.
    package var windowEndOffset: UInt32 = 0
    /// What the chunk is for; absent only from legacy peers before 2022-03.
    package var kind: Kind?
    /// The resource, in a start and its answers.
    package var resourceID: UInt32?
    /// The id that names the transfer in version 2, in every chunk except the start.
    package var sessionID: UInt32?
    /// The version wanted or agreed upon, in handshake chunks.
    package var protocolVersion: ProtocolVersion?
    /// The session id that the client chose, in a start.
    package var desiredSessionID: UInt32?
    /// Where in the resource the transfer begins, in a start and its answer.
    package var initialOffset: UInt64 = 0

    /// A chunk of a kind with no other field set.
    package init(_ kind: Kind?) {
        self.kind = kind
    }
}
