internal import PigweedRPC

extension CallLoop {
    /// A method that no firmware has: a server answers `NOT_FOUND`, and nothing else happens.
    private static let question = Method(service: DeviceService.name, method: "Ping")

    /// Restarts the device by `pw.system.proto.DeviceService.Reboot`.
    ///
    /// A device that restarts does not answer, and neither does a missing device. So the device is asked something
    /// harmless before. If it answers this question, silence after the request means that it restarts.
    ///
    /// - Parameters:
    ///   - options: the limits of the question; the request itself is made once.
    ///   - beforeRestart: a closure that is called between the question and the request.
    /// - Throws: `CallError.noAnswer` if the device does not answer the question, `refused` if it does not restart,
    ///   `link` if its port goes away.
    package mutating func reboot(
        options: Options, beforeRestart: () -> Void = {}
    ) throws(CallError) {
        do throws(CallError) {
            _ = try call(Self.question, request: [], options: options)
        } catch .refused {
            // The device is there.
        }
        beforeRestart()
        var options = options
        options.attempts = 1
        do throws(CallError) {
            let reply = try call(DeviceService.reboot, request: [], options: options)
            guard reply.status == .ok else { throw .refused(reply.status) }
        } catch .noAnswer {
            // The device restarts.
        }
    }
}
