package import ProtobufWire

/// One `pw.rpc.internal.RpcPacket`, without its payload, which stays where it was received.
package struct Packet: Hashable, Sendable {
    /// What a packet is for. Even numbers go to the server, odd ones to the client.
    package enum Kind: UInt32, Hashable, Sendable {
        /// Opens a call.
        case request = 0
        /// Ends a call from the server's side.
        case response = 1
        /// A message of the client's stream.
        case clientStream = 2
        /// Ends a call from the client's side.
        case clientError = 4
        /// The server could not handle a packet.
        case serverError = 5
        /// A message of the server's stream.
        case serverStream = 7
        /// The client's stream ends; the server's continues.
        case clientRequestCompletion = 8

        /// Whether a server sends packets of this kind.
        package var isFromServer: Bool { rawValue & 1 == 1 }
    }

    /// What the packet is for.
    package var kind: Kind
    /// The RPC channel; 0 is invalid.
    package var channel: UInt32
    /// Service and method; ids of 0 are invalid.
    package var method: Method
    /// How the call ended, in ``Kind/response``, ``Kind/serverError`` and ``Kind/clientError``; otherwise OK.
    package var status: Status
    /// The id of the call, chosen by the client; 0 if an old or simple peer sends none, `UInt32.max` for "any call of
    /// the method".
    package var callID: UInt32

    /// A packet without payload.
    package init(
        _ kind: Kind, channel: UInt32, method: Method, callID: UInt32, status: Status = .ok
    ) {
        self.kind = kind
        self.channel = channel
        self.method = method
        self.status = status
        self.callID = callID
    }

    private enum Field {
        static let kind: UInt32 = 1
        static let channel: UInt32 = 2
        static let service: UInt32 = 3
        static let method: UInt32 = 4
        static let payload: UInt32 = 5
        static let status: UInt32 = 6
        static let callID: UInt32 = 7
    }

    /// Decodes a packet. Fields may come in any order; of repeated fields the last is used, and unknown fields are
    /// ignored.
    ///
    /// - Returns: the packet and where in `bytes` its payload stands; `nil` if the bytes are no packet, its kind is
    ///   unknown, or channel, service or method are 0: a receiver ignores these without an answer.
    package static func decode(_ bytes: Span<UInt8>) -> (packet: Packet, payload: Range<Int>)? {
        var reader = FieldReader(0..<bytes.count)
        var packet = Packet(.request, channel: 0, method: Method(service: 0, method: 0), callID: 0)
        var payload = 0..<0
        do {
            while let field = try reader.next(in: bytes) {
                switch (field.number, field.value) {
                case (Field.kind, .varint):
                    guard let number = field.uint32, let kind = Kind(rawValue: number) else { return nil }
                    packet.kind = kind
                case (Field.channel, .varint):
                    guard let channel = field.uint32 else { return nil }
                    packet.channel = channel
                case (Field.service, .fixed32(let service)): packet.method.service = service
                case (Field.method, .fixed32(let method)): packet.method.method = method
                case (Field.payload, .bytes(let range)): payload = range
                case (Field.status, .varint):
                    guard let status = field.uint32 else { return nil }
                    packet.status = Status(rawValue: status)
                case (Field.callID, .varint):
                    guard let callID = field.uint32 else { return nil }
                    packet.callID = callID
                default: continue
                }
            }
        } catch {
            return nil
        }
        guard packet.channel != 0, packet.method.service != 0, packet.method.method != 0 else { return nil }
        return (packet, payload)
    }

    /// The packet as bytes.
    ///
    /// - Parameter payload: the message in the packet; an empty one is not written.
    package func encoded(payload: [UInt8] = []) -> [UInt8] {
        var writer = FieldWriter()
        encode(payload: payload.span, into: &writer)
        return writer.bytes
    }

    /// Appends the packet in ascending field order, with fields of value zero left out, as the reference Python
    /// client does.
    package func encode(payload: Span<UInt8>, into writer: inout FieldWriter) {
        encodeHead(into: &writer)
        if !payload.isEmpty { writer.bytes(Field.payload, payload) }
        encodeTail(into: &writer)
    }

    /// Appends the packet with `message` as its payload. The gap of the message, for `count` bytes, becomes the gap of
    /// the packet.
    func encode(message: borrowing FieldWriter, gap count: Int, into writer: inout FieldWriter) {
        encodeHead(into: &writer)
        writer.message(Field.payload, message, gap: count)
        encodeTail(into: &writer)
    }

    private func encodeHead(into writer: inout FieldWriter) {
        writer.varint(Field.kind, unlessZero: UInt64(kind.rawValue))
        writer.varint(Field.channel, UInt64(channel))
        writer.fixed32(Field.service, method.service)
        writer.fixed32(Field.method, method.method)
    }

    private func encodeTail(into writer: inout FieldWriter) {
        writer.varint(Field.status, unlessZero: UInt64(status.rawValue))
        writer.varint(Field.callID, unlessZero: UInt64(callID))
    }
}
