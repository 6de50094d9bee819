internal import CLibrary
internal import CMachine
public import MonotonicTime

/// Waits until one of a few descriptors is ready, or until a point in time, with the precision of the kernel's timers.
public struct DescriptorWait: ~Copyable {
    /// What to wait for.
    public struct Interest: OptionSet, Sendable {
        /// The bits as `poll(2)` takes them.
        public let rawValue: Int16

        /// A set of `POLLIN` and `POLLOUT`.
        public init(rawValue: Int16) {
            self.rawValue = rawValue
        }

        /// Something can be read, or the other side hung up.
        public static let read = Interest(rawValue: Int16(POLLIN))
        /// Something can be written.
        public static let write = Interest(rawValue: Int16(POLLOUT))
        /// The other side hung up, which ends a wait for anything else as well.
        public static let hangUp = Interest(rawValue: Int16(POLLHUP))
    }

    private static let unused: Int32 = -1
    private var requests: [pollfd]

    /// A wait for at most `count` descriptors, each of which has an index from 0 to `count - 1`.
    public init(count: Int) {
        requests = Array(repeating: pollfd(fd: Self.unused, events: 0, revents: 0), count: count)
    }

    /// Sets the descriptor at this index, and what the next ``wait(until:)`` waits for there. An empty interest removes
    /// it.
    public mutating func set(_ index: Int, _ descriptor: Int32, _ interest: Interest) {
        requests[index].fd = interest.isEmpty ? Self.unused : descriptor
        requests[index].events = interest.rawValue
        requests[index].revents = 0
    }

    /// Waits until a descriptor is ready or the deadline has passed; `nil` is no deadline. A signal may end the wait
    /// early.
    public mutating func wait(until deadline: Instant?) {
        var nanoseconds: Int64 = -1
        if let deadline { nanoseconds = max(0, (deadline - MonotonicClock.now).saturatedNanoseconds) }
        let ready = requests.withUnsafeMutableBufferPointer {
            cmachine_wait($0.baseAddress, Int32($0.count), nanoseconds)
        }
        if ready < 0 {
            for index in requests.indices { requests[index].revents = 0 }
        }
    }

    /// Whether the descriptor at this index was ready, failed or hung up when the last wait ended.
    public func isReady(_ index: Int, for interest: Interest) -> Bool {
        let wanted = interest.rawValue | Int16(POLLERR) | Int16(POLLHUP) | Int16(POLLNVAL)
        return requests[index].fd != Self.unused && requests[index].revents & wanted != 0
    }

    /// Waits for one descriptor.
    ///
    /// - Returns: whether it was ready before the deadline.
    package static func isReady(_ descriptor: Int32, for interest: Interest, until deadline: Instant?) -> Bool
    {
        var wait = DescriptorWait(count: 1)
        wait.set(0, descriptor, interest)
        wait.wait(until: deadline)
        return wait.isReady(0, for: interest)
    }
}
