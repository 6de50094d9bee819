import PigweedRPC
import PigweedTransfer
import ProtobufWire

/// The answer to a `GetResourceStatus` request.
struct ResourceStatusAnswer {
    private var status: Status
    private var resourceID: UInt32?
    private var content: ResourceStatusResponse?

    /// The answer to a request. A request without any field asks for resource 0.
    init(to request: Span<UInt8>, resource: (UInt32) -> DeviceResource?) {
        guard let id = Self.resourceID(in: request) else {
            status = .dataLoss
            return
        }
        resourceID = id
        guard let resource = resource(id) else {
            status = .notFound
            return
        }
        content = resource.storage.status
        status = content == nil ? .unimplemented : .ok
    }

    /// The answer of a device that is too busy: `UNAVAILABLE`.
    init(busyFor request: Span<UInt8>) {
        resourceID = Self.resourceID(in: request)
        status = .unavailable
    }

    func send(to request: Packet, output: inout DeviceOutput) {
        var writer = FieldWriter()
        if let resourceID, var response = content {
            response.resource = resourceID
            response.encode(into: &writer)
        } else if let resourceID {
            writer.varint(1, UInt64(resourceID))
            writer.varint(2, UInt64(status.rawValue))
        }
        let answer = Packet(
            .response, channel: request.channel, method: request.method, callID: request.callID,
            status: status)
        output.send(answer, payload: writer.bytes.span)
    }

    private static func resourceID(in request: Span<UInt8>) -> UInt32? {
        guard !request.isEmpty else { return 0 }
        var reader = FieldReader(0..<request.count)
        guard let field = try? reader.next(in: request), field.number == 1 else { return nil }
        return field.uint32
    }
}
