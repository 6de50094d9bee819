internal import SerialPort
internal import Synchronization
internal import SystemPackage
internal import TransferClient

/// Runs the devices of a scenario, each on a thread of its own. One that fails does not end the others.
struct ScenarioRun {
    private let boards: [(name: String, board: SimulatedBoard)]
    private let stop: StopRequest
    private let output: Output

    /// Opens all ports.
    ///
    /// - Parameter isQuiet: whether transfers are not reported.
    init(
        _ scenario: Scenario, isQuiet: Bool, stop: StopRequest, telling output: Output
    ) throws(Problem) {
        self.stop = stop
        self.output = output
        var boards: [(name: String, board: SimulatedBoard)] = []
        do throws(Problem) {
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
    /// - Throws: a problem if a device could not continue until then.
    func run(_ signals: SignalWatch) throws(Problem) {
        defer { for board in boards { board.board.close() } }
        signals.engage()
        for board in boards { board.board.announce(to: output) }
        if !output.isJSON { Console.print("ready") }
        let failure = FirstProblem()
        let mailbox: ThreadMailbox
        do throws(Errno) { mailbox = try ThreadMailbox() } catch { throw .refused("make a pipe", error) }
        do throws(Errno) {
            for board in boards { try start(board.board, named: board.name, failure, mailbox) }
        } catch {
            throw .refused("start a thread", error)
        }
        var running = boards.count
        while running > 0 {
            _ = DescriptorWait.isReady(mailbox.descriptor, for: .read, until: nil)
            running -= mailbox.takeAll().count
        }
        if let problem = failure.value { throw problem }
    }

    private func start(
        _ board: SimulatedBoard, named name: String, _ failure: FirstProblem, _ mailbox: ThreadMailbox
    ) throws(Errno) {
        let (stop, output) = (stop, output)
        try BackgroundThread.start {
            do throws(Problem) { try board.run(stop: stop, telling: output) } catch {
                var problem = error
                problem.message = "device \(name): \(problem.message)"
                failure.set(problem)
                if !output.isJSON { Console.note("\(name): \(DeviceText.visible(error.message))") }
            }
            mailbox.put(1)
        }
    }
}

/// The first problem of several threads.
private final class FirstProblem: Sendable {
    private let problem = Mutex<Problem?>(nil)

    var value: Problem? { problem.withLock { $0 } }

    func set(_ problem: Problem) {
        self.problem.withLock { $0 = $0 ?? problem }
    }
}
