public import SerialPort
internal import Synchronization

/// Opens the port of the same device again after it was unplugged or restarted. The device is found by its serial
/// number, otherwise by the place where it is plugged in; a pseudo-terminal or a network address is opened under the
/// same name.
public final class PortRecovery: LineRecovery {
    private struct State {
        var request: PortRequest
        var transport: any ByteTransport
    }

    private let state: Mutex<State>
    private let patience: PortRequest.Patience
    private let prepare: @Sendable (any ByteTransport) -> any ByteTransport
    private let tell: @Sendable (PortRequest.News) -> Void

    /// The transport that was opened last.
    package var transport: any ByteTransport { state.withLock { $0.transport } }

    /// A recovery for an open transport, which the recovery owns from now on.
    ///
    /// - Parameters:
    ///   - transport: the port of the device, which must still be plugged in, so that its identity can be read.
    ///   - request: the request by which the port was found.
    ///   - patience: how long to wait for the device each time.
    ///   - prepare: called with each new transport; returns the transport to use.
    ///   - onNews: called for each event while the port is awaited.
    /// - Throws: `SerialPortError.system` if udev cannot be asked. The transport is not taken over then.
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

    /// Looks for the device only at its place from now on, since it comes back as another product. The device must
    /// still be plugged in.
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
        // Only a closed port frees the number of its node for the device that comes back.
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
