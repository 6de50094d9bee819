internal import Machine
internal import SystemPackage

extension SerialPorts {
    /// The changes of the ports of this machine, as an asynchronous sequence. It begins with a `plugged` for each port
    /// that is there, and ends when the task is cancelled.
    ///
    /// - Returns: the changes. The sequence fails with a `SerialPortError` if udev cannot be asked, or if more than
    ///   4096 changes wait to be taken.
    public static func changes() -> AsyncThrowingStream<SerialPortChange, any Error> {
        AsyncThrowingStream(bufferingPolicy: .bufferingOldest(changeLimit)) { continuation in
            do throws(Errno) {
                let stop = try Wakeup()
                continuation.onTermination = { _ in stop.raise() }
                try BackgroundThread.start {
                    do throws(SerialPortError) {
                        try watch(until: stop, continuation)
                        continuation.finish()
                    } catch {
                        continuation.finish(throwing: error)
                    }
                }
            } catch {
                continuation.finish(
                    throwing: SerialPortError.system(
                        operation: "start a thread for", path: "the list of ports", code: error))
            }
        }
    }

    private static let changeLimit = 4096

    private static func watch(
        until stop: Wakeup, _ continuation: AsyncThrowingStream<SerialPortChange, any Error>.Continuation
    ) throws(SerialPortError) {
        let monitor = try SerialPortMonitor()
        for port in monitor.ports { try yield(.plugged(port), to: continuation) }
        var wait = DescriptorWait(count: 2)
        while true {
            while let change = try monitor.nextChange() { try yield(change, to: continuation) }
            wait.set(0, monitor.fileDescriptor, .read)
            wait.set(1, stop.descriptor, .read)
            wait.wait(until: nil)
            if wait.isReady(1, for: .read) { return }
        }
    }

    private static func yield(
        _ change: SerialPortChange,
        to continuation: AsyncThrowingStream<SerialPortChange, any Error>.Continuation
    ) throws(SerialPortError) {
        if case .dropped = continuation.yield(change) {
            throw .system(operation: "follow", path: "the list of ports", code: .noBufferSpace)
        }
    }
}
