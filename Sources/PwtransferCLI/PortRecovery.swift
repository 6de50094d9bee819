internal import SerialPort
internal import TransferClient

/// Opens the port of the same device again after it was unplugged or restarted.
final class PortRecovery: LineRecovery {
    private var request: PortRequest
    private let patience: PortRequest.Patience
    /// The port as it was opened last.
    private(set) var transport: any ByteTransport
    private let prepare: (any ByteTransport) -> any ByteTransport
    private let tell: (String) -> Void

    /// A recovery for an open transport, which it owns from now on.
    ///
    /// - Parameters:
    ///   - request: how the port was found.
    ///   - patience: how long to wait for the device each time.
    ///   - prepare: what is done with a transport before it is used.
    ///   - tell: is given sentences about a wait.
    init(
        of transport: any ByteTransport, openedBy request: PortRequest, patience: PortRequest.Patience,
        prepare: @escaping (any ByteTransport) -> any ByteTransport, tell: @escaping (String) -> Void
    ) throws(Problem) {
        do throws(SerialPortError) {
            self.request = try request.forSameDevice(openedAs: transport.name)
        } catch {
            throw Problem(error)
        }
        self.transport = transport
        self.patience = patience
        self.prepare = prepare
        self.tell = tell
    }

    func recover(within limit: Duration?) throws(PortRequestError) -> any ByteTransport {
        // The number of its node is free only then.
        transport.close()
        request.patience = shorter(limit)
        transport = prepare(
            try request.open { news in
                if case .waiting = news { tell(PortText.sentence(news)) }
            })
        do throws(SerialPortError) {
            request = try request.forSameDevice(openedAs: transport.name)
        } catch {
            throw .unusable(error)
        }
        return transport
    }

    func close() {
        transport.close()
    }

    private func shorter(_ limit: Duration?) -> PortRequest.Patience {
        guard let limit else { return patience }
        if case .limited(let time) = patience { return .limited(min(time, limit)) }
        return .limited(limit)
    }
}
