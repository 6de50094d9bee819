internal import SerialPort
internal import Synchronization
internal import SystemPackage
internal import TransferClient

/// Runs the devices of a scenario, each on a thread of its own. A device that fails does not end the others.
struct ScenarioRun {
    private let boards: [(name: String, board: SimulatedBoard)]
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
        var boards: [(name: String, board: SimulatedBoard)] = []
        do throws(Failure) {
            for device in scenario.devices {
                let board = try SimulatedBoard(device.options, name: device.name, isQuiet: isQuiet)
                boards.append((device.name, board))
            }
        } catch {
            for board in boards { board.board.close() }
            throw error
        }
        self.boards = boards
    }

    /// Runs until the stop is requested.
    ///
    /// - Throws: the first failure of a device.
    func run(_ signals: SignalWatch) throws(Failure) {
        defer { for board in boards { board.board.close() } }
        signals.engage()
        for board in boards { board.board.announce(to: output) }
        if !output.isJSON { Console.print("ready") }
        let failure = FirstFailure()
        let mailbox = try Failure.ofSystem("make a pipe", try ThreadMailbox())
        for board in boards {
            try Failure.ofSystem(
                "start a thread", try start(board.board, named: board.name, failure, mailbox))
        }
        var running = boards.count
        while running > 0 {
            _ = DescriptorWait.isReady(mailbox.descriptor, for: .read, until: nil)
            running -= mailbox.takeAll().count
        }
        if let failure = failure.value { throw failure }
    }

    private func start(
        _ board: SimulatedBoard, named name: String, _ failure: FirstFailure, _ mailbox: ThreadMailbox
    ) throws(Errno) {
        let (stop, output) = (stop, output)
        try BackgroundThread.start {
            do throws(Failure) { try board.run(stop: stop, telling: output) } catch {
                failure.set(.ofDevice(name, error))
                if !output.isJSON { Console.note("\(name): \(DeviceText.visible(error.message))") }
            }
            mailbox.put(1)
        }
    }
}

/// The first failure of several threads.
private final class FirstFailure: Sendable {
    private let failure = Mutex<Failure?>(nil)

    var value: Failure? { failure.withLock { $0 } }

    func set(_ failure: Failure) {
        self.failure.withLock { $0 = $0 ?? failure }
    }
}
