internal import Glibc
internal import Machine
internal import TestSupport
internal import Testing
internal import TransferClient

@testable internal import PwtransferCLI

@Suite struct MessageStreamTests {
    /// The deadline of a device in a tray begins with the work on it. The reader has the time of the last device.
    @Test(arguments: [[-1, 3600], [3600, -1]]) func aLaterLimitReplacesAnEarlierOne(seconds: [Int]) throws {
        let pipe = try Pipe()
        let stream = MessageStream(pipe.writeEnd)
        // This is more than a pipe holds, and more than may wait.
        let size = 1 << 19
        #expect(stream.put(String(repeating: "-", count: size), .wanted))
        for second in seconds { stream.limit(to: MonotonicClock.now + .seconds(second)) }
        let isInTime = seconds.last == 3600
        let (end, isRead) = (pipe.readEnd, Monitor(false))
        func read() throws {
            try BackgroundThread.start {
                Self.read(size, from: end)
                isRead.change { $0 = true }
            }
        }
        if isInTime { try read() }
        #expect(stream.put("the end", .wanted) == isInTime)
        #expect(stream.finish() == isInTime)
        // No thread must use the pipe when it is closed.
        if !isInTime { try read() }
        _ = isRead.wait(until: { _ in nil }, for: { $0 ? true : nil })
    }

    private static func read(_ size: Int, from descriptor: Int32) {
        var buffer = [UInt8](repeating: 0, count: 65536)
        var left = size
        while left > 0 {
            let count = Glibc.read(descriptor, &buffer, min(left, buffer.count))
            guard count > 0 else { return }
            left -= count
        }
    }
}
