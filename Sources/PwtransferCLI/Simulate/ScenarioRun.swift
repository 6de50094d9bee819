internal import SerialPort
internal import Synchronization
internal import TransferClient

/// Runs the devices of a scenario, each on a thread of its own. A device that fails does not end the others.
struct ScenarioRun {
    private let boards: [SimulatedBoard]
    private let stop: StopRequest
    private let output: Output

    /// Opens the ports of all devices.
    ///
    /// - Parameter isQuiet: whether transfers are not reported.
    init(
        _ scenario: Scenario, isQuiet: Bool, stop: StopRequest, telling output: Output
    ) throws(Failure) {
        self.stop = stop
        self.output = output
        var boards: [SimulatedBoard] = []
        do throws(Failure) {
            for device in scenario.devices {
                boards.append(try SimulatedBoard(device.options, name: device.name, isQuiet: isQuiet))
            }
        } catch {
            for board in boards { board.close() }
            throw error
        }
        self.boards = boards
    }

    /// Runs until the stop is requested.
    ///
    /// - Throws: the first failure of a device.
    func run(_ signals: SignalWatch) throws(Failure) {
        defer { for board in boards { board.close() } }
        signals.engage()
        for board in boards { board.announce(to: output) }
        if !output.isJSON { Console.print("ready") }
        let firstFailure = Mutex<Failure?>(nil)
        let mailbox = try Failure.ofSystem("make a pipe", try ThreadMailbox())
        for board in boards {
            let work = { @Sendable [stop, output] in
                do throws(Failure) { try board.run(stop: stop, telling: output) } catch {
                    let name = board.name ?? ""
                    firstFailure.withLock { $0 = $0 ?? .ofDevice(name, error) }
                    if !output.isJSON { Console.note("\(name): \(DeviceText.visible(error.message))") }
                }
                mailbox.put(1)
            }
            try Failure.ofSystem("start a thread", try BackgroundThread.start(work))
        }
        var running = boards.count
        while running > 0 {
            _ = DescriptorWait.isReady(mailbox.descriptor, for: .read, until: nil)
            running -= mailbox.takeAll().count
        }
        if let failure = firstFailure.withLock({ $0 }) { throw failure }
    }
}
