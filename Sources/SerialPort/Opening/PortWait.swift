internal import CLibrary
internal import Machine

/// The waiting part of a ``PortRequest``.
///
/// It wakes up by events: of udev for ports and their permissions, of inotify for paths that udev knows nothing of (the
/// link to a pseudo-terminal) and for programs that close the port. Some things come without an event: the end of a
/// lock whose holder keeps the port open, a lock file that is removed, a folder that did not exist, the terminal that a
/// dangling link leads to, a network address, and everything where udev does not run. For these it looks again every half
/// second.
struct PortWait {
    private static let recheckTime = Duration.milliseconds(500)
    /// What comes by an event is looked at again after so long, too.
    private static let longestWait = Duration.seconds(60)
    /// How far apart the ports of one device may appear.
    private static let settlingTime = Duration.milliseconds(300)
    /// How long udev may take to give a new node to its group.
    private static let newNodeTime = Duration.seconds(2)

    /// When patience ends; nil for never.
    let end: Instant?
    private let request: PortRequest
    private var monitor: SerialPortMonitor?
    private var nodeWatch: NodeWatch?
    private var watchedPath: String?
    private var graceEnd: Instant?
    private var hasTold: Set<String> = []
    private var isUnsettled = false

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
    /// - Throws: `failure` if there is no sense in waiting, or no more patience.
    mutating func wait(
        after failure: PortRequestError, tell: (PortRequest.News) -> Void
    ) throws(PortRequestError) {
        guard let reason = Self.reason(of: failure, request.selector) else { throw failure }
        let now = MonotonicClock.now
        let isInGrace = isInGrace(reason, at: now)
        if !isInGrace {
            if let end, now >= end { throw failure }
            if hasTold.insert(Self.kind(of: reason)).inserted { tell(.waiting(reason)) }
        }
        let deadline = isInGrace ? graceEnd : end
        do throws(SerialPortError) {
            // What happened between the failure and the beginning of the watch would not be noticed.
            if try startWatching(Self.path(of: reason, request.selector)) { return }
        } catch {
            throw .unusable(error)
        }
        if case .busy(_, .some) = reason { nodeWatch?.watchClosing() }
        repeat {
            // Our own attempt has closed the node as well.
            nodeWatch?.forget()
            try poll(until: deadline, rechecks: rechecks(reason))
            if try drainMonitor() || !SerialPorts.areAnnounced, case .absence = reason { isUnsettled = true }
        } while Self.isStillBusy(reason) && deadline.map { MonotonicClock.now < $0 } ?? true
    }

    /// Waits, once after ports have appeared, until no more of them do: the ports of a device do not come at the same
    /// time, and the first one must not be taken for the only one.
    ///
    /// - Returns: whether it has waited, so that the ports are to be looked at again.
    mutating func settle() throws(PortRequestError) -> Bool {
        guard isUnsettled else { return false }
        isUnsettled = false
        // Not for ever, if there is one that comes and goes.
        for _ in 0..<10 {
            try poll(until: MonotonicClock.now + Self.settlingTime, rechecks: false)
            guard try drainMonitor() else { break }
        }
        return true
    }

    /// Whether anything has changed.
    private func drainMonitor() throws(PortRequestError) -> Bool {
        var hasChanged = false
        do throws(SerialPortError) {
            while try monitor?.nextChange() != nil { hasChanged = true }
        } catch {
            throw .unusable(error)
        }
        return hasChanged
    }

    /// Looks without opening the port, or two programs that wait would wake each other up by closing it, again and
    /// again.
    private static func isStillBusy(_ reason: PortRequest.WaitReason) -> Bool {
        guard case .busy(let path, .some) = reason, let status = fileStatus(at: path) else { return false }
        return PortHolder.user(of: status) != nil
    }

    /// Whether the node is so new that its permissions may not be final yet.
    private mutating func isInGrace(
        _ reason: PortRequest.WaitReason, at now: Instant
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

    /// True if the watch has only now begun.
    private mutating func startWatching(_ path: String?) throws(SerialPortError) -> Bool {
        var hasBegun = false
        if monitor == nil {
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

    private func poll(
        until deadline: Instant?, rechecks: Bool
    ) throws(PortRequestError) {
        let descriptors: [Int32] = [
            request.stopDescriptor, monitor?.fileDescriptor ?? -1, nodeWatch?.fileDescriptor ?? -1,
        ]
        var wait = DescriptorWait(count: descriptors.count)
        for (index, descriptor) in descriptors.enumerated() { wait.set(index, descriptor, .read) }
        let recheck = MonotonicClock.now + (rechecks ? Self.recheckTime : Self.longestWait)
        wait.wait(until: min(deadline ?? recheck, recheck))
        if wait.isReady(0, for: .read) { throw .stopped }
    }

    /// Whether it may end without an event.
    private func rechecks(_ reason: PortRequest.WaitReason) -> Bool {
        if case .absence(let selector) = reason {
            if case .node = selector { return true }
            return !SerialPorts.areAnnounced
        }
        return true
    }

    private static func reason(
        of failure: PortRequestError, _ selector: PortSelector?
    ) -> PortRequest.WaitReason? {
        switch failure {
        case .noMatch(let selector, _): .absence(selector)
        case .unusable(.notFound): .absence(selector)
        case .unusable(.disconnected(let name)):
            if case .network = selector { .turnedAway(address: name, words: nil) } else { .absence(selector) }
        case .unusable(.turnedAway(let address, let words)): .turnedAway(address: address, words: words)
        case .unusable(.noAnswer(let address)): .noAnswer(address: address)
        case .unusable(.permissionDenied(let path)): .permission(path: path)
        case .unusable(.busy(let path, let holder)): .busy(path: path, holder: holder)
        case .unusable(.connectionFailed(let address, _)): .noAnswer(address: address)
        case .severalMatch, .unusable, .stopped: nil
        }
    }

    private static func path(of reason: PortRequest.WaitReason, _ selector: PortSelector?) -> String? {
        switch reason {
        case .permission(let path), .busy(let path, _): return path
        case .absence, .noAnswer, .turnedAway:
            if case .node(let path) = selector { return path }
            return nil
        }
    }

    private static func kind(of reason: PortRequest.WaitReason) -> String {
        switch reason {
        case .absence: "absence"
        case .permission: "permission"
        case .busy: "busy"
        case .noAnswer: "no answer"
        case .turnedAway: "turned away"
        }
    }
}

/// Notices, through inotify, what happens to the node at a path: that it appears, that its permissions change, that a
/// program closes it.
final class NodeWatch {
    private let descriptor: Int32
    private let path: String

    /// Nil if the system has no more watches to give; whoever waits looks again now and then.
    init?(path: String) {
        self.path = path
        descriptor = inotify_init1(Int32(IN_NONBLOCK | IN_CLOEXEC))
        if descriptor == -1 { return nil }
        // Without the folder there is nothing to watch yet.
        let folder = path.lastIndex(of: "/").map { String(path[...$0]) } ?? "."
        inotify_add_watch(
            descriptor, folder, UInt32(IN_CREATE | IN_MOVED_TO | IN_ATTRIB | IN_DELETE))
    }

    deinit {
        FileSystem.close(descriptor)
    }

    /// Readable when something happened since the last ``forget()``.
    var fileDescriptor: Int32 { descriptor }

    /// From now on notices that a program closes the node, if it is there; repeating this is harmless.
    func watchClosing() {
        inotify_add_watch(descriptor, path, UInt32(IN_CLOSE))
    }

    /// Forgets what happened.
    func forget() {
        var bytes = [UInt8](repeating: 0, count: 4096)
        while read(descriptor, &bytes, bytes.count) > 0 {}
    }
}
