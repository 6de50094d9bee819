internal import Glibc
internal import SystemPackage
internal import TransferClient

/// Numbers that threads leave for another one, which waits for them in `poll(2)`.
final class ThreadMailbox: Sendable {
    /// Readable while there are numbers.
    var descriptor: Int32 { pipe.readEnd }

    private static let attempts = 100
    private let pipe: WakeupPipe

    init() throws(Errno) {
        pipe = try WakeupPipe()
    }

    func put(_ number: Int32) {
        var number = number
        // So few bytes are written as a whole or not at all, and a pipe has room for thousands of them. Whoever waits would wait
        // for ever for a number that is not there, so that no failure is taken for the last word.
        for _ in 0..<Self.attempts where write(pipe.writeEnd, &number, MemoryLayout<Int32>.size) != -1 {
            return
        }
    }

    /// Waits for a number.
    func take() -> Int32? {
        var number: Int32 = 0
        let count = read(descriptor, &number, MemoryLayout<Int32>.size)
        return count == MemoryLayout<Int32>.size ? number : nil
    }
}
