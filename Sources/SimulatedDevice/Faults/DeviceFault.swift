package import PigweedRPC
import PigweedTokenizer
import PigweedTransfer

/// What goes wrong in a simulated device, as opposed to the line; part of its ``DeviceConfiguration``.
package enum DeviceFault: Hashable, Sendable {
    /// The device restarts or its port goes away, once.
    case accident(Accident, when: Moment)
    /// A stream that was just opened drops what arrives on it for this long: ``DeviceConfiguration/startDeafness``.
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

    /// What ends the device's memory of all transfers.
    package enum Accident: String, Hashable, Sendable, CaseIterable {
        /// It restarts, as if it was switched off and on.
        case reset
        /// It restarts and its port goes away, as that of a USB device does: ``DeviceEvent/hungUp``.
        case hangUp = "hang-up"
        /// It goes away and does not come back: ``DeviceEvent/unplugged``.
        case unplug
        /// It stays there and does nothing any more: ``DeviceEvent/fellSilent``.
        case fallSilent = "fall-silent"

        /// Whether the device takes part in nothing from then on.
        var isFinal: Bool { self == .unplug || self == .fallSilent }
    }

    /// When an accident happens.
    package enum Moment: Hashable, Sendable {
        /// This long after the first bytes that the device receives.
        case after(Duration)
        /// With this many chunks, received and sent ones together.
        case afterChunks(Int)
        /// When a transfer is in a state for the first time.
        case inState(DeviceState)
        /// When a transfer has come to this offset of its resource.
        case atOffset(Int)
        /// This long after a client was told that its write is complete, the first one.
        case afterWrite(Duration)
    }
}

/// The states of a transfer in which an accident can happen, under the names of the reference.
package enum DeviceState: String, Hashable, Sendable, CaseIterable {
    /// The handler prepares; only if that takes time.
    case preparing
    /// The start is answered.
    case initiating
    /// For parameters in a read, for data in a write.
    case waiting
    /// In a window of a read.
    case transmitting
    /// In a write in which data was lost.
    case recovery
    /// The end is told and not confirmed yet.
    case terminating
}

extension DeviceConfiguration {
    /// Adds a fault; of those that state a time the last one counts.
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
    /// What happens.
    package var accident: DeviceFault.Accident
    /// When.
    package var moment: DeviceFault.Moment

    /// A plan.
    package init(accident: DeviceFault.Accident, moment: DeviceFault.Moment) {
        self.accident = accident
        self.moment = moment
    }
}

/// A time in which a device stands still: it neither reads nor sends, what arrives waits, as while it erases flash or other
/// tasks have its processor.
package struct DevicePause: Hashable, Sendable {
    /// How long.
    package var duration: Duration
    /// The bytes of data after which it begins, counted from the first that the device sends or stores; repeated ones count.
    package var after: Int
    /// The bytes of data from one such time to the next; `nil` if there is just one.
    package var every: Int?

    /// Such a time.
    package init(_ duration: Duration, after: Int, every: Int? = nil) {
        self.duration = max(duration, .zero)
        self.after = max(after, 0)
        self.every = every.map { max($0, 1) }
    }
}

/// The plans of a device and the lines that it prints: what it does at times of its own.
struct DeviceSchedule {
    /// What the device prints at one time.
    enum Line {
        /// On the line of its RPCs.
        case bytes([UInt8])
        /// By its log service.
        case entry(LogEntry)
        /// Nothing, since it has no room.
        case dropped
    }

    private var pending: [PlannedAccident]
    private var pauses: [DevicePause]
    private let console: ConsoleOutput?
    private var lineNumber: UInt32 = 0
    /// Whether the first line is to be planned.
    private var beginsToPrint: Bool
    private var origin: Instant?
    private var hasToldEndOfWrite = false
    /// When this was noticed.
    private var writeEnd: Instant?
    private var nextLine: Instant?

    init(_ configuration: DeviceConfiguration) {
        pending = configuration.accidents
        pauses = configuration.pauses
        console = configuration.console
        beginsToPrint = configuration.console?.beginning == .start
    }

    /// The first bytes have come: times count from now.
    mutating func begin(at now: Instant) {
        guard origin == nil else { return }
        origin = now
        if let console, console.beginning == .contact { nextLine = now + console.interval }
    }

    /// The client was told that its write is complete; the first one counts.
    mutating func toldEndOfWrite() { hasToldEndOfWrite = true }

    /// The device has restarted.
    mutating func restarted() {
        beginsToPrint = console?.beginning == .restart
        if beginsToPrint { nextLine = nil }
    }

    /// When something is due.
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

    /// The line that is due now; late ones are left out.
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

    /// The accident that happens now.
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

    /// How long the device stands still from now on, if it does.
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

    /// No more accidents and pauses happen.
    mutating func endAccidents() {
        pending = []
        pauses = []
    }
}
