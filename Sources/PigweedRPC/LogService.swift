/// The methods of `pw.log.Logs` (`pw_log/log.proto`), the device's log as a service.
package enum LogService {
    /// The full name, whose hash is the service id.
    package static let name = "pw.log.Logs"

    /// Server stream: an empty request, then messages until the client or the device ends it.
    package static let listen = Method(service: name, method: "Listen")
}
