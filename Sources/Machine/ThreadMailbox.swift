internal import Synchronization
package import SystemPackage

/// What threads leave for another one, which waits for it in `poll(2)`.
package final class ThreadMailbox: Sendable {
    /// Readable while there is something.
    package var descriptor: Int32 { wakeup.descriptor }

    private let wakeup: Wakeup
    private let numbers = Mutex<[Int]>([])

    package init() throws(Errno) {
        wakeup = try Wakeup()
    }

    package func put(_ number: Int) {
        numbers.withLock { numbers in
            numbers.append(number)
            wakeup.raise()
        }
    }

    /// All that was left since the last time.
    package func takeAll() -> [Int] {
        numbers.withLock { numbers in
            wakeup.lower()
            defer { numbers = [] }
            return numbers
        }
    }
}
