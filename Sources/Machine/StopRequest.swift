internal import CLibrary
internal import Synchronization
public import SystemPackage

/// A request to stop. It wakes up every loop that waits for it, and cannot be taken back.
public final class StopRequest: Sendable {
    /// Readable once the stop was requested; for `poll(2)`.
    public var descriptor: Int32 { wakeup.descriptor }

    private let wakeup: Wakeup
    private let code = Atomic<Int32>(0)

    /// A request that can be made later; nobody has asked for the stop yet.
    public init() throws(Errno) {
        wakeup = try Wakeup()
    }

    /// The signal that asked for the stop; `nil` while nobody has asked.
    public var signal: Int32? {
        let value = code.load(ordering: .acquiring)
        return value == 0 ? nil : value
    }

    /// Asks for the stop without a signal as the reason, as if by `SIGTERM`.
    package func request() {
        request(signal: SIGTERM)
    }

    /// Asks for the stop; only the first call has an effect.
    ///
    /// - Parameter signal: the signal that is the reason, such as `SIGINT`.
    public func request(signal: Int32) {
        guard code.compareExchange(expected: 0, desired: signal, ordering: .acquiringAndReleasing).exchanged
        else { return }
        wakeup.raise()
    }
}
