internal import PigweedTransfer
internal import SerialPort
internal import TransferClient

/// Finds the devices of a tray. With `--wait`, waits until they are there.
struct TrayAssembly {
    /// The ports of devices that are plugged in together may appear this far apart.
    private static let settlingTime = Duration.milliseconds(300)
    /// How often to look for ports that appear without an event, such as the link to a pseudo-terminal.
    private static let recheckTime = Duration.milliseconds(500)
    /// How often to look for other ports, since the events of udev may not reach this container.
    private static let longestWait = Duration.seconds(2)

    private enum Slot {
        static let monitor = 0
        static let stop = 1
        static let count = 2
    }

    /// The result of a search.
    private enum Finding {
        case complete([TrayDevice])
        /// Some devices are missing; `comesUnseen` says whether one of them may appear without an event.
        case incomplete(Failure, comesUnseen: Bool)
    }

    let ports: PortOptions
    let options: TrayOptions
    let session: TransferSession
    let output: Output

    /// The devices of the tray.
    ///
    /// - Throws: a failure if there are none, or not the requested number within the time of `--wait`.
    func devices() throws(Failure) -> [TrayDevice] {
        let finding = try look()
        switch (finding, ports.wait) {
        case (.complete(let devices), _): return devices
        case (.incomplete(let failure, _), nil): throw failure
        case (.incomplete, let limit?): return try wait(limit.patience)
        }
    }

    private func wait(_ patience: PortRequest.Patience) throws(Failure) -> [TrayDevice] {
        let end: Instant? = if case .limited(let time) = patience { MonotonicClock.now + time } else { nil }
        session.signals.engage()
        let monitor = try Failure.ofPort(try SerialPortMonitor())
        var hasTold = false
        while true {
            switch try look() {
            case .complete(let devices):
                // More devices may still appear, even more than were requested.
                if try !hasChanged(until: MonotonicClock.now + Self.settlingTime, monitor) { return devices }
            case .incomplete(let failure, let comesUnseen):
                if let end, MonotonicClock.now >= end {
                    guard case .limited(let time) = patience else { throw failure }
                    throw .waited(time, failure)
                }
                if !hasTold {
                    output.note(.waitingForPort, "waiting for devices: \(failure.message)")
                    // A named node is looked for twice a second, even with udev, and needs no such note.
                    if !monitor.isAnnounced, !comesUnseen {
                        output.tell(.watchingNodes)
                    }
                }
                hasTold = true
                let recheck = MonotonicClock.now + (comesUnseen ? Self.recheckTime : Self.longestWait)
                _ = try hasChanged(until: min(end ?? recheck, recheck), monitor)
            }
        }
    }

    /// Waits for a change of the ports.
    ///
    /// - Returns: whether the ports changed before the deadline.
    private func hasChanged(until deadline: Instant, _ monitor: SerialPortMonitor) throws(Failure) -> Bool {
        var wait = DescriptorWait(count: Slot.count)
        var hasChanged = false
        repeat {
            wait.set(Slot.monitor, monitor.fileDescriptor, .read)
            wait.set(Slot.stop, session.stop.descriptor, .read)
            wait.wait(until: deadline)
            if let signal = session.stop.signal {
                throw .stopped(signal: signal, occasion: "while waiting for the devices")
            }
            while try Failure.ofPort(try monitor.nextChange()) != nil { hasChanged = true }
        } while !hasChanged && MonotonicClock.now < deadline
        return hasChanged
    }

    private func look() throws(Failure) -> Finding {
        let devices: [TrayDevice]
        do throws(Failure) {
            devices = try TrayDevice.find(ports.ports, all: options.takesAll)
        } catch {
            guard case .portRequest(.noMatch) = error else { throw error }
            let missing = options.devices.map {
                Failure.devicesMissing(present: [], absent: [], wanted: $0.value)
            }
            return .incomplete(missing ?? error, comesUnseen: false)
        }
        let present = devices.filter { !$0.isAbsent }
        let comesUnseen = devices.contains { device in
            if case .node = device.selector.kind { device.isAbsent } else { false }
        }
        guard let wanted = options.devices?.value else {
            // A device that is named is waited for when its port is opened. With `--all`, nobody knows how many devices
            // will appear.
            guard options.all, ports.wait != nil, present.isEmpty else { return .complete(devices) }
            return .incomplete(
                .devicesMissing(present: [], absent: devices, wanted: 1), comesUnseen: comesUnseen)
        }
        guard present.count <= wanted else {
            throw .tooManyDevices(present, wanted: wanted)
        }
        guard present.count == wanted else {
            let absent = devices.filter(\.isAbsent)
            return .incomplete(
                .devicesMissing(present: present, absent: absent, wanted: wanted), comesUnseen: comesUnseen)
        }
        return .complete(devices.count == wanted ? devices : TrayDevice.numbered(present))
    }
}
