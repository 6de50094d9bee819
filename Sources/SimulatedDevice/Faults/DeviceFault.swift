import HDLC
public import PigweedRPC
import PigweedTransfer

/// What goes wrong in a simulated device, as opposed to the line; part of its ``DeviceConfiguration``.
public enum DeviceFault: Hashable, Sendable {
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
    public enum Accident: String, Hashable, Sendable, CaseIterable {
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
    public enum Moment: Hashable, Sendable {
        /// This long after the first bytes that the device receives.
        case after(Duration)
        /// With this many chunks, received and sent ones together.
        case afterChunks(Int)
        /// When a transfer is in a state for the first time.
        case inState(DeviceState)
        /// When a transfer has come to this offset of its resource.
        case atOffset(Int)
    }
}

/// The states of a transfer in which an accident can happen, under the names of the reference.
public enum DeviceState: String, Hashable, Sendable, CaseIterable {
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

/// What a device prints on the line of its RPCs, from the first bytes on that it receives.
public struct ConsoleOutput: Hashable, Sendable {
    /// What is printed unless told otherwise.
    public static let defaultText = "[00:00:12] INFO battery 3921 mV\r\n"

    /// The form of the output.
    public enum Form: String, Hashable, Sendable, CaseIterable {
        /// Frames of HDLC address 1.
        case frames
        /// Raw text between the frames.
        case text

        /// A line in this form, as it is on the wire.
        func bytes(of line: String) -> [UInt8] {
            let text = Array(line.utf8)
            guard self == .frames else { return text }
            var frame: [UInt8] = []
            FrameEncoder.encode(address: .log, payload: text.span, into: &frame)
            return frame
        }
    }

    /// The time from one line to the next.
    public var interval: Duration
    /// The form of the output.
    public var form: Form
    /// Each line.
    public var text: String

    /// Output at this interval, a millisecond at least.
    public init(every interval: Duration, as form: Form = .frames, text: String = ConsoleOutput.defaultText) {
        self.interval = max(interval, .milliseconds(1))
        self.form = form
        self.text = text
    }
}

extension DeviceConfiguration {
    /// Adds a fault; of those that state a time the last one counts.
    public mutating func apply(_ fault: DeviceFault) {
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
public struct PlannedAccident: Hashable, Sendable {
    /// What happens.
    public var accident: DeviceFault.Accident
    /// When.
    public var moment: DeviceFault.Moment

    /// A plan.
    public init(accident: DeviceFault.Accident, moment: DeviceFault.Moment) {
        self.accident = accident
        self.moment = moment
    }
}

/// A time in which a device stands still: it neither reads nor sends, what arrives waits, as while it erases flash or other
/// tasks have its processor.
public struct DevicePause: Hashable, Sendable {
    /// How long.
    public var duration: Duration
    /// The bytes of data after which it begins, counted from the first that the device sends or stores; repeated ones count.
    public var after: Int
    /// The bytes of data from one such time to the next; `nil` if there is just one.
    public var every: Int?

    /// Such a time.
    public init(_ duration: Duration, after: Int, every: Int? = nil) {
        self.duration = max(duration, .zero)
        self.after = max(after, 0)
        self.every = every.map { max($0, 1) }
    }
}

/// The plans of a device and the lines that it prints: what it does at times of its own.
struct DeviceSchedule {
    private var pending: [PlannedAccident]
    private var pauses: [DevicePause]
    private let console: ConsoleOutput?
    private let line: [UInt8]
    private var origin: Instant?
    private var nextLine: Instant?

    init(_ configuration: DeviceConfiguration) {
        pending = configuration.accidents
        pauses = configuration.pauses
        console = configuration.console
        line = configuration.console.map { $0.form.bytes(of: $0.text) } ?? []
    }

    /// The first bytes have come: times count from now.
    mutating func begin(at now: Instant) {
        guard origin == nil else { return }
        origin = now
        nextLine = console.map { now + $0.interval }
    }

    /// When something is due.
    var deadline: Instant? {
        guard let origin else { return nil }
        var times: [Instant] = nextLine.map { [$0] } ?? []
        for plan in pending {
            if case .after(let time) = plan.moment { times.append(origin + time) }
        }
        return times.min()
    }

    /// The line that is due now; late ones are left out.
    mutating func takeLine(at now: Instant) -> [UInt8]? {
        guard let console, let due = nextLine, due <= now else { return nil }
        let passed = (now - due).saturatedNanoseconds / max(console.interval.saturatedNanoseconds, 1)
        nextLine = due + console.interval * (passed + 1)
        return line
    }

    /// The accident that happens now.
    mutating func takeAccident(
        at now: Instant, chunks: Int, states: Set<DeviceState>, offset: Int
    ) -> DeviceFault.Accident? {
        guard let origin else { return nil }
        let due = pending.firstIndex { plan in
            switch plan.moment {
            case .after(let time): origin + time <= now
            case .afterChunks(let count): count <= chunks
            case .inState(let state): states.contains(state)
            case .atOffset(let end): end <= offset
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
