public import PigweedRPC
package import PigweedTransfer

/// Why a device did not report the status of a resource.
#if hasAttribute(nonexhaustive)
    @nonexhaustive
#endif
public enum ResourceStatusError: Error, Hashable, Sendable {
    /// The call has no reply.
    case call(CallError)
    /// The device answered with this status instead. It is usually `UNIMPLEMENTED`: the resource's handler has no
    /// status.
    case device(Status)
    /// The answer cannot be decoded, or is about another resource.
    case senseless
}

extension ResourceStatusError: CustomStringConvertible {
    /// What failed, as one sentence without a full stop.
    public var description: String {
        switch self {
        case .call(let error): "\(error)"
        case .device(let status): "the device does not report the status of the resource: \(status)"
        case .senseless: "the answer makes no sense"
        }
    }
}

extension CallLoop {
    /// Asks for the status of a resource by `GetResourceStatus`, which many devices do not implement.
    ///
    /// - Parameters:
    ///   - resource: the number of the resource on the device.
    ///   - options: the limits of the call.
    package mutating func resourceStatus(
        of resource: UInt32, options: Options
    ) throws(ResourceStatusError) -> ResourceStatusResponse {
        let reply: CallReply
        do throws(CallError) {
            reply = try call(
                TransferService.getResourceStatus, request: ResourceStatusResponse.request(for: resource),
                options: options)
        } catch {
            throw .call(error)
        }
        let response = ResourceStatusResponse(decoding: reply.payload.span)
        let status = reply.status == .ok ? response?.status ?? .ok : reply.status
        guard status == .ok else { throw .device(status) }
        guard let response, response.resource == resource else { throw .senseless }
        return response
    }
}
