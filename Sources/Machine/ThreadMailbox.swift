internal import Synchronization
package import SystemPackage

/// Numbers that threads leave for another thread, which waits for them in `poll(2)`.
package final class ThreadMailbox: Sendable {
    /// Readable while there are numbers to take.
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

    /// All numbers since the last call, in the order of ``put(_:)``.
    package func takeAll() -> [Int] {
        numbers.withLock { numbers in
            wakeup.lower()
            defer { numbers = [] }
            return numbers
        }
    }
}
