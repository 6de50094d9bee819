internal import CMachine
internal import Machine

/// Waits until a terminal has sent its output.
///
/// No event tells that a driver's output is empty, and `tcdrain(3)` can block its thread for ever, so this type looks
/// again and again.
struct OutputDrain {
    let descriptor: Int32
    /// How long the adapter may still be sending, by the rate of the line; `nil` if this is unknown.
    let millisecondsLeft: Int64?

    private static let limit = Duration.seconds(1)
    private static let limitWithoutProgress = Duration.milliseconds(250)
    private static let lookAgainTime = Duration.milliseconds(5)

    /// Waits until all output has left the driver; false if the device takes none, or not enough in time.
    func run() -> Bool {
        let end = MonotonicClock.now + Self.limit
        var unsent = cmachine_unsent_byte_count(descriptor)
        var progressEnd = MonotonicClock.now + Self.limitWithoutProgress
        while unsent > 0 {
            let now = MonotonicClock.now
            if now >= end || now >= progressEnd || isHungUp(after: Self.lookAgainTime) { return false }
            let remaining = cmachine_unsent_byte_count(descriptor)
            if remaining < unsent { progressEnd = now + Self.limitWithoutProgress }
            unsent = remaining
        }
        // A negative count means that the driver has no count, or that the device is gone.
        if unsent == 0 { waitForHardwareQueue() }
        return true
    }

    /// Waits until the adapter's own queue is empty. The kernel does not count its bytes, and a change of rate would
    /// garble them.
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
        if milliseconds > 0 { _ = isHungUp(after: .milliseconds(milliseconds)) }
    }

    /// Waits this long, or until the device hangs up. Returns whether it hung up.
    private func isHungUp(after time: Duration) -> Bool {
        DescriptorWait.isReady(descriptor, for: .hangUp, until: MonotonicClock.now + time)
    }
}
