internal import CLibrary
internal import Machine

/// The waiting part of a ``PortRequest``.
///
/// Events wake it up: ``SerialPortMonitor`` reports ports and their permissions, and inotify reports paths that udev
/// does not know (the link to a pseudo-terminal) and programs that close the port. Other things come without an event:
/// the end of a lock whose holder keeps the port open, a lock file that is removed, a folder that did not exist, the
/// terminal that a dangling link leads to, and a network address. For these the wait looks again every half second.
/// It looks at a network address less often after the first times, since each look is a connection for its server.
struct PortWait {
    private static let recheckTime = Duration.milliseconds(500)
    /// After this time the wait looks again even where events are expected: udev may run, but its news may not reach
    /// this container.
    private static let longestWait = Duration.seconds(2)
    /// The longest time between the appearance of one port of a device and the next.
    private static let settlingTime = Duration.milliseconds(300)
    /// The time in which udev gives a new node to its group.
    private static let newNodeTime = Duration.seconds(2)

    /// When the wait ends; nil for never.
    let end: Instant?
    private let request: PortRequest
    private var monitor: SerialPortMonitor?
    private var nodeWatch: NodeWatch?
    private var watchedPath: String?
    private var graceEnd: Instant?
    private var hasTold: Set<String> = []
    private var isUnsettled = false
    private var networkPause = recheckTime

    init(_ request: PortRequest) {
        self.request = request
        end =
            switch request.patience {
            case .none: MonotonicClock.now
            case .limited(let duration): MonotonicClock.now + duration
            case .unlimited: nil
            }
    }

    /// Waits until it makes sense to try again.
    ///
    /// - Throws: `failure` if waiting makes no sense, or the time is over.
    mutating func wait(
        after failure: PortRequestError, tell: (PortRequest.News) -> Void
    ) throws(PortRequestError) {
        guard let reason = Self.reason(of: failure, request.selector) else { throw failure }
        let now = MonotonicClock.now
        let isInGrace = isInGrace(reason, at: now)
        if !isInGrace {
            if let end, now >= end { throw failure }
            if hasTold.insert(Self.kind(of: reason)).inserted {
                tell(.waiting(PortRequest.WaitReason(kind: reason)))
            }
        }
        let deadline = isInGrace ? graceEnd : end
        do throws(SerialPortError) {
            // Changes between the failure and the beginning of the watch are noticed only by another try.
            if try startWatching(Self.path(of: reason, request.selector)) { return }
        } catch {
            throw .unusable(error)
        }
        if Self.isAnnouncedByUdev(reason), monitor?.isAnnounced == false,
            hasTold.insert("watching nodes").inserted
        {
            tell(.watchingNodes)
        }
        if case .busy(let path, .some) = reason { nodeWatch?.watchClosing(of: path) }
        repeat {
            // Our own attempt has closed the node, too, which is no news.
            nodeWatch?.forget()
            try poll(until: deadline, rechecks: !Self.isAnnouncedByUdev(reason))
            _ = try drainMonitor()
            if case .absence = reason { isUnsettled = true }
        } while Self.isStillBusy(reason) && deadline.map { MonotonicClock.now < $0 } ?? true
    }

    /// After ports have appeared, waits once until no more ports do: the ports of a device do not come at the same
    /// time, and the first one must not be taken for the only one.
    ///
    /// - Returns: whether there was a wait, after which the ports must be looked at again.
    mutating func settle() throws(PortRequestError) -> Bool {
        guard isUnsettled else { return false }
        isUnsettled = false
        // The loop has a limit, since a port may come and go all the time.
        for _ in 0..<10 {
            let end = MonotonicClock.now + Self.settlingTime
            var hasChanged = false
            repeat {
                try poll(until: end, rechecks: false)
                hasChanged = try drainMonitor()
            } while !hasChanged && MonotonicClock.now < end
            guard hasChanged else { break }
        }
        return true
    }

    /// Takes all changes from the monitor. Returns whether there were any.
    private func drainMonitor() throws(PortRequestError) -> Bool {
        var hasChanged = false
        do throws(SerialPortError) {
            while try monitor?.nextChange() != nil { hasChanged = true }
        } catch {
            throw .unusable(error)
        }
        return hasChanged
    }

    /// Whether another program still has the port. The port is not opened for this: two waiting programs would wake
    /// each other up again and again by closing it.
    private static func isStillBusy(_ reason: PortRequest.WaitReason.Kind) -> Bool {
        guard case .busy(let path, .some) = reason, let status = fileStatus(at: path) else { return false }
        return PortHolder.user(of: status) != nil
    }

    /// Whether the node is so new that its permissions may not be final yet.
    private mutating func isInGrace(
        _ reason: PortRequest.WaitReason.Kind, at now: Instant
    ) -> Bool {
        guard case .permission(let path) = reason else {
            graceEnd = nil
            return false
        }
        if graceEnd == nil {
            let age = fileStatus(at: path)?.age ?? .zero
            graceEnd = age < Self.newNodeTime ? now + (Self.newNodeTime - age) : now
        }
        return graceEnd.map { now < $0 } ?? false
    }

    /// Begins to watch for ports and for a path. Returns whether the watch was not there before.
    private mutating func startWatching(_ path: String?) throws(SerialPortError) -> Bool {
        var hasBegun = false
        if monitor == nil, !request.isForNetwork {
            monitor = try SerialPortMonitor()
            hasBegun = true
        }
        if let path, path != watchedPath {
            nodeWatch = NodeWatch(path: path)
            watchedPath = path
            hasBegun = true
        }
        return hasBegun
    }

    /// How long to wait before the next look at what comes without an event.
    mutating func nextRecheckTime() -> Duration {
        guard request.isForNetwork else { return Self.recheckTime }
        defer { networkPause = min(networkPause * 2, Self.longestWait) }
        return networkPause
    }

    private mutating func poll(
        until deadline: Instant?, rechecks: Bool
    ) throws(PortRequestError) {
        let descriptors: [Int32] = [
            request.stopDescriptor, monitor?.fileDescriptor ?? -1, nodeWatch?.fileDescriptor ?? -1,
        ]
        var wait = DescriptorWait(count: descriptors.count)
        for (index, descriptor) in descriptors.enumerated() { wait.set(index, descriptor, .read) }
        let recheck = MonotonicClock.now + (rechecks ? nextRecheckTime() : Self.longestWait)
        wait.wait(until: min(deadline ?? recheck, recheck))
        if wait.isReady(0, for: .read) { throw .stopped }
    }

    /// Whether udev announces the event that ends this wait.
    private static func isAnnouncedByUdev(_ reason: PortRequest.WaitReason.Kind) -> Bool {
        guard case .absence(let selector) = reason else { return false }
        if case .node = selector?.kind { return false }
        return true
    }

    private static func reason(
        of failure: PortRequestError, _ selector: PortSelector?
    ) -> PortRequest.WaitReason.Kind? {
        switch failure {
        // Without /sys, no port ever shows which device it belongs to.
        case .noMatch(let selector?, _) where selector.isOfDevice && !SerialPorts.areVisible: nil
        case .noMatch(let selector, _): .absence(selector)
        case .unusable(.notFound): .absence(selector)
        case .unusable(.disconnected(let name)):
            if case .network = selector?.kind {
                .turnedAway(address: name, words: nil)
            } else {
                .absence(selector)
            }
        case .unusable(.turnedAway(let address, let words)): .turnedAway(address: address, words: words)
        case .unusable(.noAnswer(let address)): .noAnswer(address: address)
        case .unusable(.permissionDenied(let path)): .permission(path: path)
        case .unusable(.busy(let path, let holder)): .busy(path: path, holder: holder)
        case .unusable(.connectionFailed(let address, _)): .noAnswer(address: address)
        case .severalMatch, .unusable, .stopped: nil
        }
    }

    private static func path(of reason: PortRequest.WaitReason.Kind, _ selector: PortSelector?) -> String? {
        switch reason {
        case .permission(let path), .busy(let path, _): return path
        case .absence, .noAnswer, .turnedAway:
            if case .node(let path) = selector?.kind { return path }
            return nil
        }
    }

    private static func kind(of reason: PortRequest.WaitReason.Kind) -> String {
        switch reason {
        case .absence: "absence"
        case .permission: "permission"
        case .busy: "busy"
        case .noAnswer: "no answer"
        case .turnedAway: "turned away"
        }
    }
}

extension PortSelector {
    /// Whether the selector names a device by what the device says of itself.
    fileprivate var isOfDevice: Bool {
        switch kind {
        case .usb, .serialNumber: true
        case .node, .location, .network: false
        }
    }
}
