package import PigweedRPC

/// A server stream that runs beside transfers and calls for as long as a line is used, such as the device's log.
///
/// Nothing tells whether the request arrived, or whether the device has restarted since. So the request is repeated
/// after silence, with the same call id. A device that has the call continues it; any other device opens it.
package struct SideStream: Hashable, Sendable {
    /// The method of the stream; its request is empty.
    package let method: Method
    /// When ``handleTimeout(on:at:)`` has something to do; `nil` once the stream is refused or closed.
    package private(set) var nextTimeout: Instant? = .zero
    /// The status with which the device refused the stream for good; `nil` if it did not.
    package private(set) var refusal: Status?

    private var call: RPCClient.Call?
    /// How often in a row the device has ended the stream without a message.
    private var vainAttempts = 0

    /// A stream that is to be opened.
    package init(_ method: Method) {
        self.method = method
    }

    /// Sends the request if ``nextTimeout`` has come.
    package mutating func handleTimeout(on client: inout RPCClient, at now: Instant) {
        guard let time = nextTimeout, time <= now else { return }
        if let call { client.repeatRequest(of: call) } else { call = client.open(method) }
        nextTimeout = now + Tuning.sideStreamSilence
    }

    /// Takes an event of the client.
    ///
    /// - Returns: whether it is a message of this stream.
    package mutating func receive(_ event: RPCClient.Event, at now: Instant) -> Bool {
        switch event {
        case .message(let call) where call == self.call:
            nextTimeout = now + Tuning.sideStreamSilence
            vainAttempts = 0
            return true
        case .response(let call, let status) where call == self.call,
            .error(let call, let status) where call == self.call:
            end(with: status, at: now)
        case .message, .response, .error, .log, .unframed, .unrelated: break
        }
        return false
    }

    private mutating func end(with status: Status, at now: Instant) {
        call = nil
        vainAttempts += 1
        let isFinal = status == .notFound || status == .unimplemented || status == .permissionDenied
        guard !isFinal, vainAttempts < Tuning.sideStreamAttempts else {
            refusal = status
            nextTimeout = nil
            return
        }
        nextTimeout = now + Tuning.sideStreamPause
    }

    /// Call this when the device has lost all its calls: the request goes out again at once.
    package mutating func deviceRestarted(at now: Instant) {
        if refusal == nil { nextTimeout = now }
    }

    /// Ends the stream, and tells the device.
    package mutating func close(on client: inout RPCClient) {
        if let call { client.cancel(call) }
        call = nil
        nextTimeout = nil
    }
}
