internal import PigweedRPC
internal import PigweedTransfer
internal import SimulatedDevice

/// The events of `simulate --json` that no other command has.
enum SimulationEvents {
    /// The device can be connected to.
    struct Ready: JSONEvent {
        let type = "device_ready"
        let port: String
        let device: String?
        let resources: [Resource]

        init(_ endpoint: DeviceEndpoint, _ resources: [ResourceArgument], device: String?) {
            port = endpoint.name
            self.device = device
            self.resources = resources.map(Resource.init)
        }
    }

    struct Resource: Encodable, Sendable {
        let id: UInt32
        let path: String?
        let file: String
        let readable: Bool
        let writable: Bool

        init(_ argument: ResourceArgument) {
            id = argument.id
            path = argument.name
            file = argument.path
            readable = argument.isReadable
            writable = argument.isWritable
        }
    }

    /// A transfer that the device has ended or refused.
    struct Transfer: JSONEvent {
        let type = "device_transfer"
        let direction: String
        let resource: UInt32
        let status: String
        let offset: UInt32
        let end: UInt32?
        let `protocol`: String
        let device: String?

        init(_ transfer: DeviceTransfer, _ status: Status, end: UInt32?, device: String?) {
            self.device = device
            direction = transfer.direction == .read ? "read" : "write"
            resource = transfer.resourceID
            self.status = status.description
            offset = transfer.initialOffset
            self.end = end
            `protocol` = JSONEvents.name(transfer.version)
        }
    }

    /// The device has started again; `port` is its present port.
    struct Restart: JSONEvent {
        let type = "device_restart"
        let reason: String
        let port: String
        let device: String?
    }

    /// The device does not take part any more.
    struct Gone: JSONEvent {
        let type = "device_gone"
        let reason: String
        let port: String
        let device: String?
    }

    /// - Parameter device: the name of the device, in a scenario.
    static func emit(_ event: DeviceEvent, port: String, device: String?, to output: Output) {
        switch event {
        case .streamOpened, .streamClosed, .started: break
        case .refused(let transfer, let status):
            output.emit(Transfer(transfer, status, end: nil, device: device), .note)
        case .ended(let transfer, let status, let offset):
            output.emit(Transfer(transfer, status, end: offset, device: device), .note)
        case .crashed(let reason):
            output.emit(Restart(reason: "crashed: \(reason)", port: port, device: device), .note)
        case .rebooted: output.emit(Restart(reason: "rebooted", port: port, device: device), .note)
        case .hungUp: output.emit(Restart(reason: "hung_up", port: port, device: device), .note)
        case .unplugged: output.emit(Gone(reason: "unplugged", port: port, device: device), .note)
        case .fellSilent: output.emit(Gone(reason: "silent", port: port, device: device), .note)
        }
    }
}
