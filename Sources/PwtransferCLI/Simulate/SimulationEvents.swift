internal import PigweedRPC
internal import PigweedTransfer
internal import SimulatedDevice

/// The lines of `simulate --json` beside those that every command has.
enum SimulationEvents {
    /// The device can be connected to.
    struct Ready: JSONEvent {
        let type = "device_ready"
        let port: String
        let resources: [Resource]

        init(_ endpoint: DeviceEndpoint, _ resources: [ResourceArgument]) {
            port = endpoint.name
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

        init(_ transfer: DeviceTransfer, _ status: Status, end: UInt32?) {
            direction = transfer.direction == .read ? "read" : "write"
            resource = transfer.resourceID
            self.status = status.description
            offset = transfer.initialOffset
            self.end = end
            `protocol` = JSONEvents.name(transfer.version)
        }
    }

    /// The device started again; `port` is where it is now.
    struct Restart: JSONEvent {
        let type = "device_restart"
        let reason: String
        let port: String
    }

    static func emit(_ event: DeviceEvent, port: String, to output: Output) {
        switch event {
        case .streamOpened, .streamClosed, .started: break
        case .refused(let transfer, let status): output.emit(Transfer(transfer, status, end: nil))
        case .ended(let transfer, let status, let offset):
            output.emit(Transfer(transfer, status, end: offset))
        case .crashed(let reason): output.emit(Restart(reason: "crashed: \(reason)", port: port))
        case .rebooted: output.emit(Restart(reason: "rebooted", port: port))
        case .hungUp: output.emit(Restart(reason: "hung_up", port: port))
        }
    }
}
