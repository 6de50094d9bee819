package import PigweedRPC
import PigweedTokenizer
import PigweedTransfer

/// A fault of a simulated device, as opposed to one of the line; it becomes a part of the ``DeviceConfiguration``.
package enum DeviceFault: Hashable, Sendable {
    /// The device restarts or its port goes away, once.
    case accident(Accident, when: Moment)
    /// A stream drops all chunks for this long after it was opened: ``DeviceConfiguration/startDeafness``.
    case deafAfterRequest(Duration)
    /// Reads with a shorter pause between chunks than this fail: ``DeviceConfiguration/outputTime``.
    case slowOutput(Duration)
    /// A handler takes this long to prepare, such as to erase flash: ``DeviceConfiguration/prepareDelay``.
    case slowPrepare(Duration)
    /// A handler takes this long to store each chunk: ``DeviceConfiguration/writeDelay``.
    case slowWrite(Duration)
    /// A handler takes this long after the last chunk: ``DeviceConfiguration/finalizeDelay``.
    case slowFinalize(Duration)
    /// The device stands still in mid-transfer: ``DeviceConfiguration/pauses``.
    case pause(DevicePause)
    /// The device prints on its own: ``DeviceConfiguration/console``.
    case console(ConsoleOutput)
    /// Writes store the byte at this offset of the resource with a wrong bit: ``DeviceConfiguration/storedBitFlip``.
    case storedBitFlip(UInt32)
    /// Lists of files are wrong: ``DeviceConfiguration/listingFault``.
    case listing(ListingFault)
    /// Starts of transfers, of one resource or of all, are refused: ``DeviceConfiguration/refusals``.
    case refuse(Status, resource: UInt32?)

    /// An event after which the device remembers no transfer.
    package enum Accident: String, Hashable, Sendable, CaseIterable {
        /// The device restarts, as if it was switched off and on.
        case reset
        /// The device restarts and its port goes away, as with a USB device: ``DeviceEvent/hungUp``.
        case hangUp = "hang-up"
        /// The device goes away and does not come back: ``DeviceEvent/unplugged``.
        case unplug
        /// The device stays there and does nothing any more: ``DeviceEvent/fellSilent``.
        case fallSilent = "fall-silent"

        /// Whether the device does nothing any more from then on.
        var isFinal: Bool { self == .unplug || self == .fallSilent }
    }

    /// When an accident happens.
    package enum Moment: Hashable, Sendable {
        /// This long after the first bytes that the device receives.
        case after(Duration)
        /// When the device has received and sent this many chunks in all.
        case afterChunks(Int)
        /// When a transfer is in a state for the first time.
        case inState(DeviceState)
        /// When a transfer has reached this offset of its resource.
        case atOffset(Int)
        /// This long after a client was told that its write is complete; the first complete write counts.
        case afterWrite(Duration)
    }
}

/// The states of a transfer in which an accident can happen, under the names of the reference.
package enum DeviceState: String, Hashable, Sendable, CaseIterable {
    /// The handler prepares the transfer; only if this takes time.
    case preparing
    /// The start is answered.
    case initiating
    /// The device waits for parameters in a read, for data in a write.
    case waiting
    /// The device sends the data of a window in a read.
    case transmitting
    /// The device waits for lost data in a write.
    case recovery
    /// The device has sent the end of the transfer, and waits for the acknowledgement.
    case terminating
}

extension DeviceConfiguration {
    /// Adds a fault. If several faults set the same property, the last one takes precedence.
    package mutating func apply(_ fault: DeviceFault) {
        switch fault {
        case .accident(let accident, let moment):
            accidents.append(PlannedAccident(accident: accident, moment: moment))
        case .deafAfterRequest(let time): startDeafness = time
        case .slowOutput(let time): outputTime = time
        case .slowPrepare(let delay): prepareDelay = delay
        case .slowWrite(let delay): writeDelay = delay
        case .slowFinalize(let delay): finalizeDelay = delay
        case .pause(let pause): pauses.append(pause)
        case .console(let output): console = output
        case .storedBitFlip(let offset): storedBitFlip = offset
        case .listing(let fault): listingFault = fault
        case .refuse(let status, let resource): refusals[resource] = status
        }
    }
}

/// An accident and its time.
package struct PlannedAccident: Hashable, Sendable {
    /// The accident that happens.
    package var accident: DeviceFault.Accident
    /// When the accident happens.
    package var moment: DeviceFault.Moment
}

/// A time in which a device stands still, as while it erases flash or other tasks have its processor. It neither reads
/// nor sends, and received bytes wait.
package struct DevicePause: Hashable, Sendable {
    /// How long the device stands still.
    package var duration: Duration
    /// The number of bytes of data, sent or stored, after which the pause begins; bytes that are sent again count, too.
    package var after: Int
    /// The number of bytes of data from one pause to the next; `nil` if there is just one.
    package var every: Int?

    /// A pause; by default there is just one.
    package init(_ duration: Duration, after: Int, every: Int? = nil) {
        self.duration = max(duration, .zero)
        self.after = max(after, 0)
        self.every = every.map { max($0, 1) }
    }
}

/// The things that a device does at its own times: accidents, pauses and printed lines.
struct DeviceSchedule {
    /// A line that the device prints.
    enum Line {
        /// The bytes of the line, for the line of the RPCs.
        case bytes([UInt8])
        /// An entry for the log service.
        case entry(LogEntry)
        /// The device drops the line, since it has no room.
        case dropped
    }

    private var pending: [PlannedAccident]
    private var pauses: [DevicePause]
    private let console: ConsoleOutput?
    private var lineNumber: UInt32 = 0
    /// Whether the time of the first line is still to be set, at the next call.
    private var beginsToPrint: Bool
    private var origin: Instant?
    private var hasToldEndOfWrite = false
    /// When the end of the first complete write was noticed.
    private var writeEnd: Instant?
    private var nextLine: Instant?

    init(_ configuration: DeviceConfiguration) {
        pending = configuration.accidents
        pauses = configuration.pauses
        console = configuration.console
        beginsToPrint = configuration.console?.beginning == .start
    }

    /// Call this when the first bytes have arrived: times count from now on.
    mutating func begin(at now: Instant) {
        guard origin == nil else { return }
        origin = now
        if let console, console.beginning == .contact { nextLine = now + console.interval }
    }

    /// Call this when a client was told that its write is complete; only the first call counts.
    mutating func toldEndOfWrite() { hasToldEndOfWrite = true }

    /// Call this when the device has restarted.
    mutating func restarted() {
        beginsToPrint = console?.beginning == .restart
        if beginsToPrint { nextLine = nil }
    }

    /// When the next thing is due; `nil` if nothing is planned.
    var deadline: Instant? {
        var times: [Instant] = beginsToPrint ? [.zero] : nextLine.map { [$0] } ?? []
        guard let origin else { return times.min() }
        for plan in pending {
            switch plan.moment {
            case .after(let time): times.append(origin + time)
            case .afterWrite(let time):
                if hasToldEndOfWrite { times.append(writeEnd.map { $0 + time } ?? .zero) }
            case .afterChunks, .inState, .atOffset: break
            }
        }
        return times.min()
    }

    /// The line that is due now; `nil` if none is due. Lines that are late are left out.
    mutating func takeLine(at now: Instant) -> Line? {
        guard let console else { return nil }
        if beginsToPrint {
            beginsToPrint = false
            nextLine = now + console.interval
        }
        guard let due = nextLine, due <= now else { return nil }
        let passed = (now - due).saturatedNanoseconds / max(console.interval.saturatedNanoseconds, 1)
        nextLine = due + console.interval * (passed + 1)
        lineNumber &+= 1
        if console.drops(lineNumber) { return .dropped }
        return console.form == .rpc
            ? .entry(console.entry(number: lineNumber)) : .bytes(console.line(number: lineNumber))
    }

    /// The accident that happens now; `nil` if none does.
    mutating func takeAccident(
        at now: Instant, chunks: Int, states: Set<DeviceState>, offset: Int
    ) -> DeviceFault.Accident? {
        guard let origin else { return nil }
        if hasToldEndOfWrite, writeEnd == nil { writeEnd = now }
        let due = pending.firstIndex { plan in
            switch plan.moment {
            case .after(let time): origin + time <= now
            case .afterChunks(let count): count <= chunks
            case .inState(let state): states.contains(state)
            case .atOffset(let end): end <= offset
            case .afterWrite(let time): writeEnd.map { $0 + time <= now } ?? false
            }
        }
        return due.map { pending.remove(at: $0).accident }
    }

    /// Whether ``takeAccident(at:chunks:states:offset:)`` can return anything.
    var hasAccidents: Bool { !pending.isEmpty }

    /// How long the device stands still from now on; `nil` if it does not.
    mutating func takePause(movedBytes: Int) -> Duration? {
        guard let index = pauses.firstIndex(where: { $0.after <= movedBytes }) else { return nil }
        let duration = pauses[index].duration
        if let every = pauses[index].every {
            pauses[index].after = movedBytes - (movedBytes - pauses[index].after) % every + every
        } else {
            pauses.remove(at: index)
        }
        return duration
    }

    /// Cancels all accidents and pauses that have not happened yet.
    mutating func endAccidents() {
        pending = []
        pauses = []
    }
}
