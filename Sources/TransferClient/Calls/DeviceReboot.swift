internal import PigweedRPC

extension CallLoop {
    /// No firmware has it. A server answers `NOT_FOUND`, and nothing else happens.
    private static let question = Method(service: DeviceService.name, method: "Ping")

    /// Has the device restart by `pw.system.proto.DeviceService.Reboot`.
    ///
    /// A device that restarts does not answer. So it is asked something harmless before, since silence would mean as little as
    /// that of a device that is not there; after this, silence means that it restarts.
    ///
    /// - Parameter options: what bounds the question; the request itself is made once.
    /// - Throws: `CallError.noAnswer` if it does not answer the question, `refused` if it does not restart, `link` if its port
    ///   goes away.
    package mutating func reboot(options: Options) throws(CallError) {
        do throws(CallError) {
            _ = try call(Self.question, request: [], options: options)
        } catch .refused {
            // It is there.
        }
        var options = options
        options.attempts = 1
        do throws(CallError) {
            let reply = try call(DeviceService.reboot, request: [], options: options)
            guard reply.status == .ok else { throw .refused(reply.status) }
        } catch .noAnswer {
            // It is at it.
        }
    }
}
