public import SerialPort
internal import Synchronization

/// Opens the port of the same device again after it was unplugged or restarted: by its serial number, else by the place
/// where it is plugged in; a pseudo-terminal or a network address stays what it is.
public final class PortRecovery: LineRecovery {
    private struct State {
        var request: PortRequest
        var transport: any ByteTransport
    }

    private let state: Mutex<State>
    private let patience: PortRequest.Patience
    private let prepare: @Sendable (any ByteTransport) -> any ByteTransport
    private let tell: @Sendable (PortRequest.News) -> Void

    /// The port as it was opened last.
    package var transport: any ByteTransport { state.withLock { $0.transport } }

    /// A recovery for an open transport, which it owns from now on.
    ///
    /// - Parameters:
    ///   - transport: the port of the device, which must be there still: it is asked what tells it from others.
    ///   - request: how the port was found.
    ///   - patience: how long to wait for the device each time.
    ///   - prepare: what is done with a transport before it is used.
    ///   - onNews: This closure is called with each thing that happens while the port is awaited.
    /// - Throws: `SerialPortError.system` if udev cannot be asked; the transport is not taken over then.
    public init(
        of transport: any ByteTransport, openedBy request: PortRequest, patience: PortRequest.Patience,
        prepare: @escaping @Sendable (any ByteTransport) -> any ByteTransport = { $0 },
        onNews: @escaping @Sendable (PortRequest.News) -> Void = { _ in }
    ) throws(SerialPortError) {
        let request = try request.forSameDevice(openedAs: transport.name)
        state = Mutex(State(request: request, transport: transport))
        self.patience = patience
        self.prepare = prepare
        tell = onNews
    }

    /// From now on the device is looked for at its place, since it comes back as another product. It must be there still.
    package func followPlace() throws(SerialPortError) {
        var (request, transport) = state.withLock { ($0.request, $0.transport) }
        request.followsPlace = true
        request = try request.forSameDevice(openedAs: transport.name)
        state.withLock { $0 = State(request: request, transport: transport) }
    }

    /// Closes the port, waits for the device, and opens its port again.
    public func recover(
        within limit: Duration?, stop: StopRequest?
    ) throws(PortRequestError) -> any ByteTransport {
        var (request, broken) = state.withLock { ($0.request, $0.transport) }
        // The number of its node is free only then.
        broken.close()
        request.patience = shorter(limit)
        request.stopDescriptor = stop?.descriptor ?? -1
        let transport = prepare(try request.open(onNews: tell))
        do throws(SerialPortError) {
            request = try request.forSameDevice(openedAs: transport.name)
        } catch {
            transport.close()
            throw .unusable(error)
        }
        state.withLock { $0 = State(request: request, transport: transport) }
        return transport
    }

    /// Closes the port.
    package func close() {
        transport.close()
    }

    private func shorter(_ limit: Duration?) -> PortRequest.Patience {
        guard let limit else { return patience }
        return switch patience {
        case .none: .none
        case .limited(let time): .limited(min(time, limit))
        case .unlimited: .limited(limit)
        }
    }
}
