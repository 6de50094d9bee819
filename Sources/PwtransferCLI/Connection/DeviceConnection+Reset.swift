internal import PigweedRPC
internal import PigweedTransfer
internal import SerialPort
internal import TransferClient

extension DeviceConnection {
    /// How long a device may take to come back after its restart, unless `--reconnect` says otherwise.
    static let restartPatience = Duration.seconds(30)

    /// How often a device is asked whether it is there, before it is asked to restart.
    private static let attempts = 3

    /// Makes the device restart. If its port goes away, the port is opened again, under whatever name.
    func reset(by method: ResetMethod) throws(Failure) {
        output.log(.info, "restarting the device: \(method.rawValue)")
        let broken: SerialPortError?
        switch method {
        case .rpc: broken = try reboot()
        case .touch1200: broken = try touch()
        case .dtr, .rts, .dtrAndRTS:
            do throws(SerialPortError) {
                if let sequence = method.sequence {
                    try transport.reset(
                        by: sequence, stopDescriptor: stop.descriptor, beforeStart: hearOldFirmware)
                }
            } catch {
                throw .notReset(error, method)
            }
            broken = nil
        }
        if let signal = stop.signal {
            throw .stopped(signal: signal, occasion: "while the device was being restarted")
        }
        if let broken {
            try follow(after: broken)
        } else {
            // After its restart, the device does not know any call.
            loop.use(transport)
        }
        output.note(.deviceReset, "the device was restarted (\(method.rawValue))")
    }

    /// Takes what the firmware has printed before the restart. None of it counts for the verdict.
    private func hearOldFirmware() throws(SerialPortError) {
        guard let deviceLog else { return }
        let output = output
        _ = try loop.listen(until: MonotonicClock.now, stop: stop) { bytes, place in
            deviceLog.take(bytes.array, place, telling: output)
            return false
        }
        deviceLog.judgeAnew()
    }

    /// - Returns: the error of the port, if the port went away.
    private func reboot() throws(Failure) -> SerialPortError? {
        let patience = CallPatience(timeout: CallOptions.timeout, attempts: Self.attempts)
        let options = callOptions(patience)
        do throws(CallError) {
            try loop.withCalls { calls throws(CallError) in
                try calls.reboot(options: options) { deviceLog?.judgeAnew() }
            }
        } catch .link(let failure) {
            return failure
        } catch {
            throw .notRebooted(error)
        }
        return nil
    }

    /// - Returns: the error that stands for the loss of the port.
    private func touch() throws(Failure) -> SerialPortError {
        let isGone: Bool
        do throws(SerialPortError) {
            guard let port = transport.base as? SerialPort else {
                throw .modemLinesUnsupported(path: transport.name)
            }
            // The place of the device can be looked up only while its port exists.
            try recovery?.followPlace()
            isGone = try port.touch(stopDescriptor: stop.descriptor)
        } catch {
            throw .notReset(error, .touch1200)
        }
        guard isGone || stop.signal != nil else { throw .touchIgnored(port: transport.name) }
        return .disconnected(path: transport.name)
    }

    private func follow(after failure: SerialPortError) throws(Failure) {
        guard let recovery else { throw .port(failure) }
        do throws(PortRequestError) {
            loop.use(try recovery.recover(within: remaining, stop: stop))
        } catch {
            if let signal = stop.signal {
                throw .stopped(signal: signal, occasion: "while waiting for the device after its restart")
            }
            throw .notBack(error)
        }
        // What was heard before the port went away came from the firmware before the restart.
        deviceLog?.judgeAnew()
        output.tell(.portOpened)
    }
}
