internal import SerialPort
internal import Synchronization
internal import TransferClient

extension Scenario {
    /// Opens the ports of all devices, and runs each device on a thread of its own until a stop is requested. A device
    /// that fails does not end the others.
    ///
    /// - Parameter isQuiet: whether transfers are not reported.
    /// - Throws: the first failure of a device.
    func run(isQuiet: Bool, _ signals: SignalWatch, telling output: Output) throws(Failure) {
        var boards: [SimulatedBoard] = []
        defer { for board in boards { board.close() } }
        for device in devices {
            boards.append(try SimulatedBoard(device.options, name: device.name, isQuiet: isQuiet))
        }
        signals.engage()
        for board in boards { board.announce(to: output) }
        if !output.isJSON { Console.print("ready") }
        let firstFailure = Mutex<Failure?>(nil)
        let mailbox = try Failure.ofSystem("make a pipe", try ThreadMailbox())
        for board in boards {
            let work = { @Sendable [stop = signals.stop] in
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
