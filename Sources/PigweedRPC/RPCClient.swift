public import HDLC
package import ProtobufWire

/// The client's side of pw_rpc on one channel of one line: frames and packets, and the table of open calls.
///
/// Bytes go in with ``next(in:at:)``, calls are made with ``open(_:payload:)`` and ``send(_:on:)``, and the bytes to
/// send come out of ``transmit(into:)``. There is no clock and no I/O.
public struct RPCClient: ~Copyable {
    /// Where the device listens and what it may send.
    public struct Configuration: Hashable, Sendable {
        /// The RPC channel, 1 or above. Pigweed's default is 1.
        public var channel: UInt32 = 1
        /// The HDLC address of RPC packets in both directions.
        public var address = FrameAddress.rpc
        /// The HDLC address of log text.
        public var logAddress = FrameAddress.log
        /// The largest frame that is accepted, in bytes from address to check sequence.
        public var maximumFrameContent = 16 * 1024

        /// Pigweed's defaults.
        public init() {}
    }

    /// An open call, named by its id.
    public struct Call: Hashable, Sendable {
        /// The method called.
        public let method: Method
        /// Chosen by this client, never 0.
        public let id: UInt32
    }

    /// Something received.
    public enum Event: Hashable, Sendable {
        /// A stream message for an open call; its bytes are ``RPCClient/payload``.
        case message(Call)
        /// The server ended the call: a unary answer with its payload, or the end of a stream.
        case response(Call, Status)
        /// The server refused a packet of the call. The call is over.
        case error(Call, Status)
        /// Log text in a frame of its own, in ``RPCClient/payload``.
        case log
        /// Bytes outside any valid frame, in ``RPCClient/unframed``.
        case unframed(FrameDecoder.Defect)
        /// A valid frame that concerns no open call: another address, channel or call, or no packet at all.
        case unrelated

        /// Whether the event is a frame that was damaged on the line.
        package var isDamagedFrame: Bool {
            guard case .unframed(let defect) = self else { return false }
            return defect != .text
        }
    }

    /// The configuration that the client was made with.
    package let configuration: Configuration

    private var decoder: FrameDecoder
    private var calls: [Call] = []
    private var lastCallID: UInt32
    private var payloadRange = 0..<0
    private var packetWriter = FieldWriter(capacity: 64)
    private var output: [UInt8] = []

    /// A client without open calls.
    ///
    /// - Parameters:
    ///   - configuration: where the device listens, and what it may send.
    ///   - firstCallID: the id of the first call, from 1 to 16383. It should be random, so that a device does not take
    ///     the calls of this process for calls of an earlier one. Larger ids are replaced by 1.
    public init(configuration: Configuration, firstCallID: UInt32) {
        self.configuration = configuration
        decoder = FrameDecoder(maximumContentSize: configuration.maximumFrameContent)
        lastCallID = firstCallID &- 1
    }

    /// The message of the last event, valid until the next call of ``next(in:at:)``; empty if the event has none.
    public var payload: Span<UInt8> {
        @_lifetime(borrow self)
        get { decoder.payload.extracting(payloadRange) }
    }

    /// The bytes of the last ``Event/unframed(_:)``, valid until the next call of ``next(in:at:)``.
    public var unframed: Span<UInt8> {
        @_lifetime(borrow self)
        get { decoder.unframed }
    }

    /// Appends ``payload`` to `bytes`. Unlike the span, this can be asked of a client that an actor or a class holds.
    public func appendPayload(to bytes: inout [UInt8]) {
        bytes.append(copying: payload)
    }

    /// Appends ``unframed`` to `bytes`. Unlike the span, this can be asked of a client that an actor or a class holds.
    public func appendUnframed(to bytes: inout [UInt8]) {
        bytes.append(copying: unframed)
    }

    /// Whether ``transmit(into:)`` has something.
    public var hasOutput: Bool { !output.isEmpty }

    /// Moves all frames that wait to be sent to the end of `bytes`.
    public mutating func transmit(into bytes: inout [UInt8]) {
        if bytes.isEmpty { swap(&bytes, &output) } else { bytes += output }
        output.removeAll(keepingCapacity: true)
    }

    /// Calls a method. An earlier call of this method that is still open is forgotten here; the device ends it.
    ///
    /// - Parameters:
    ///   - method: what to call.
    ///   - payload: the request of a unary or server-stream method; empty for the transfer streams.
    public mutating func open(_ method: Method, payload: [UInt8] = []) -> Call {
        forget(method)
        let call = Call(method: method, id: nextCallID())
        calls.append(call)
        queue(packet(.request, of: call), payload: payload)
        return call
    }

    /// Sends the request of an open call again, with the same id and without payload.
    package mutating func repeatRequest(of call: Call) {
        queue(packet(.request, of: call))
    }

    /// Sends a message on the client's stream of an open call.
    ///
    /// To a message on a call that has ended, the server answers with an error that is ``Event/unrelated``. On the
    /// streams of `pw.transfer.Transfer` a message must not be empty: servers take an empty one for the start of a
    /// legacy transfer of resource 0.
    public mutating func send(_ payload: [UInt8], on call: Call) {
        queue(packet(.clientStream, of: call), payload: payload)
    }

    /// Sends a message, as ``send(_:on:)``, with `data` in its gap. The data are copied into the frame at once.
    package mutating func send(_ message: borrowing FieldWriter, data: Span<UInt8>, on call: Call) {
        packetWriter.removeAll()
        packet(.clientStream, of: call).encode(message: message, gap: data.count, into: &packetWriter)
        Self.frame(packetWriter, data: data, to: configuration.address, into: &output)
    }

    /// Ends a call and tells the server, which does not answer. Packets that still arrive for the call are
    /// ``Event/unrelated``.
    public mutating func cancel(_ call: Call) {
        guard calls.contains(call) else { return }
        calls.removeAll { $0 == call }
        queue(packet(.clientError, of: call, status: .cancelled))
    }

    /// Ends the open call of a method without telling the server. Packets that still arrive for the call are
    /// ``Event/unrelated``.
    package mutating func forget(_ method: Method) {
        calls.removeAll { $0.method == method }
    }

    /// Takes bytes from `input` until there is an event.
    ///
    /// - Parameters:
    ///   - input: received bytes.
    ///   - position: where to begin; moved behind what was taken.
    /// - Returns: `nil` when all input is taken.
    public mutating func next(in input: Span<UInt8>, at position: inout Int) -> Event? {
        payloadRange = 0..<0
        guard let found = decoder.next(in: input, at: &position) else { return nil }
        switch found {
        case .unframed(let defect): return .unframed(defect)
        case .frame(configuration.address, _): return packet()
        case .frame(configuration.logAddress, _):
            payloadRange = 0..<decoder.payload.count
            return .log
        case .frame: return .unrelated
        }
    }

    /// Hands out text that no flag has ended yet; for a line that has fallen silent.
    /// - Returns: whether ``unframed`` has new bytes.
    public mutating func flushText() -> Bool { decoder.flushText() }

    private mutating func packet() -> Event {
        guard let (packet, payload) = Packet.decode(decoder.payload), packet.kind.isFromServer,
            packet.channel == configuration.channel, let call = openCall(for: packet)
        else { return .unrelated }
        payloadRange = payload
        switch packet.kind {
        case .serverStream: return .message(call)
        case .response:
            calls.removeAll { $0 == call }
            return .response(call, packet.status)
        default:
            calls.removeAll { $0 == call }
            return .error(call, packet.status)
        }
    }

    /// The call that a packet belongs to. The ids 0, from firmware without call ids, and `UInt32.max` match any call of
    /// the method (pw_rpc: legacy open and open call ids).
    private func openCall(for packet: Packet) -> Call? {
        calls.last { call in
            call.method == packet.method
                && (packet.callID == call.id || packet.callID == 0 || packet.callID == .max)
        }
    }

    /// The next id, from 1 to 16383 as in all reference clients: at most two bytes on the wire.
    private mutating func nextCallID() -> UInt32 {
        lastCallID = lastCallID >= 16383 ? 1 : lastCallID + 1
        return lastCallID
    }

    private func packet(_ kind: Packet.Kind, of call: Call, status: Status = .ok) -> Packet {
        Packet(kind, channel: configuration.channel, method: call.method, callID: call.id, status: status)
    }

    private mutating func queue(_ packet: Packet, payload: [UInt8] = []) {
        packetWriter.removeAll()
        packet.encode(payload: payload.span, into: &packetWriter)
        Self.frame(packetWriter, data: [UInt8]().span, to: configuration.address, into: &output)
    }

    private static func frame(
        _ packet: borrowing FieldWriter, data: Span<UInt8>, to address: FrameAddress,
        into output: inout [UInt8]
    ) {
        var frame = FrameEncoder(address: address, into: &output)
        frame.append(packet.head, to: &output)
        frame.append(data, to: &output)
        frame.append(packet.tail, to: &output)
        frame.finish(into: &output)
    }
}
