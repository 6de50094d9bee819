internal import PigweedRPC
internal import PigweedTransfer
internal import SimulatedDevice

/// The events of `simulate --json` that no other command has.
extension JSONEvent {
    /// The device can be connected to.
    ///
    /// - Parameter device: the name of the device, in a scenario.
    static func deviceReady(at port: String, _ resources: [ResourceArgument], device: String?) -> JSONEvent {
        let resources = resources.map { resource -> JSONObject in
            [
                "id": resource.id, "path": resource.name, "file": resource.path,
                "readable": resource.isReadable, "writable": resource.isWritable,
            ]
        }
        return JSONEvent("device_ready", ["port": port, "device": device, "resources": resources])
    }

    /// `nil` for an event that is not reported.
    ///
    /// - Parameter device: the name of the device, in a scenario.
    init?(_ event: DeviceEvent, port: String, device: String?) {
        func ended(_ transfer: DeviceTransfer, _ status: Status, end: UInt32?) -> JSONEvent {
            JSONEvent(
                "device_transfer",
                [
                    "direction": transfer.direction == .read ? "read" : "write",
                    "resource": transfer.resourceID, "status": status.description,
                    "offset": transfer.initialOffset, "end": end, "device": device,
                    "protocol": Self.name(transfer.version),
                ])
        }
        func changed(_ type: String, _ reason: String) -> JSONEvent {
            JSONEvent(type, ["reason": reason, "port": port, "device": device])
        }
        switch event {
        case .streamOpened, .streamClosed, .started: return nil
        case .refused(let transfer, let status): self = ended(transfer, status, end: nil)
        case .ended(let transfer, let status, let offset): self = ended(transfer, status, end: offset)
        case .crashed(let reason): self = changed("device_restart", "crashed: \(reason)")
        case .rebooted: self = changed("device_restart", "rebooted")
        case .hungUp: self = changed("device_restart", "hung_up")
        case .unplugged: self = changed("device_gone", "unplugged")
        case .fellSilent: self = changed("device_gone", "silent")
        }
    }
}
