internal import CSerial
internal import Glibc

/// Waits until a terminal has sent its output, with a limit that `tcdrain(3)` lacks.
struct OutputDrain {
    let descriptor: Int32
    /// How long the adapter may yet have something to send, by the rate of the line; `nil` if that cannot be told.
    let millisecondsLeft: Int64?

    private static let limit = Duration.seconds(1)
    private static let limitWithoutProgress = Duration.milliseconds(250)
    private static let pollMilliseconds: Int32 = 5

    /// Whether all output left the driver; false if the device takes none, or not enough in time.
    func run() -> Bool {
        let clock = ContinuousClock()
        let end = clock.now + Self.limit
        var unsent = cserial_unsent_byte_count(descriptor)
        var progressEnd = clock.now + Self.limitWithoutProgress
        while unsent > 0 {
            let now = clock.now
            if now >= end || now >= progressEnd || isHungUp(after: Self.pollMilliseconds) { return false }
            let remaining = cserial_unsent_byte_count(descriptor)
            if remaining < unsent { progressEnd = now + Self.limitWithoutProgress }
            unsent = remaining
        }
        // A negative count: the driver does not tell, or the device is gone.
        if unsent == 0 { waitForHardwareQueue() }
        return true
    }

    /// The kernel does not count what is in the adapter's own queue, and a change of rate would garble it.
    private func waitForHardwareQueue() {
        guard let status = fileStatus(of: descriptor), !status.isPseudoTerminal else { return }
        let rate: UInt32
        do { rate = try LineSettings(of: descriptor).baudRate } catch {
            // The device is gone, and its queue with it.
            return
        }
        let queueBits: Int64 = 256 * 10
        let queueTime = min(200, queueBits * 1000 / Int64(max(1, rate)) + 1)
        let milliseconds = min(queueTime, millisecondsLeft ?? queueTime)
        if milliseconds > 0 { _ = isHungUp(after: Int32(milliseconds)) }
    }

    /// Waits so long, or until the device hangs up.
    private func isHungUp(after milliseconds: Int32) -> Bool {
        var request = pollfd(fd: descriptor, events: 0, revents: 0)
        return poll(&request, 1, milliseconds) > 0
    }
}
