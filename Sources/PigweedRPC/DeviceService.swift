/// The methods of `pw.system.proto.DeviceService` (`pw_system/pw_system_protos/device_service.proto`), which act on the
/// whole device.
package enum DeviceService {
    /// The full name, whose hash is the service id.
    package static let name = "pw.system.proto.DeviceService"

    /// Unary, without fields: the device restarts at once and does not answer.
    package static let reboot = Method(service: name, method: "Reboot")
}
