internal import Glibc
internal import PigweedTransfer
internal import SerialPort
internal import TransferClient

/// Tells on standard error how a transfer goes: on a terminal in one line that is updated, elsewhere in a line for
/// each tenth or every five seconds.
final class ProgressReporter: TransferObserver {
    private enum Style { case none, updatedLine, lines }

    private static let lineInterval = Duration.seconds(5)
    private static let updateInterval = Duration.milliseconds(200)
    private static let eraseToEnd = "\u{1B}[K"

    private let style: Style
    private let isQuiet: Bool
    private let showsDeviceOutput: Bool
    private var hasToldBusy = false
    private var isLineOpen = false
    private var lastTenth: UInt64 = 0
    private var hasToldVersion = false
    private(set) var nextUpdate: Instant?

    init(isQuiet: Bool, showsDeviceOutput: Bool) {
        self.isQuiet = isQuiet
        self.showsDeviceOutput = showsDeviceOutput
        let isDumb = getenv("TERM").map { String(cString: $0) == "dumb" } ?? true
        style = isQuiet ? .none : Console.isErrorTerminal && !isDumb ? .updatedLine : .lines
        if style != .none { nextUpdate = MonotonicClock.now + Self.interval(style) }
    }

    func update(_ report: TransferReport, at now: Instant) {
        tellVersion(report)
        guard let due = nextUpdate else { return }
        let progress = report.progress
        var tenth = lastTenth
        if let total = progress.total, total > 0 { tenth = progress.moved * 10 / total }
        guard now >= due || (style == .lines && tenth > lastTenth && tenth < 10) else { return }
        lastTenth = tenth
        nextUpdate = now + Self.interval(style)
        let line = Self.line(report)
        switch style {
        case .none: break
        case .lines: Console.note(line)
        case .updatedLine:
            Console.put("\r\(line)\(Self.eraseToEnd)")
            isLineOpen = true
        }
    }

    func streamReopened() {
        note("the device did not know this connection; starting the transfer again")
    }

    func transferRestarted(at offset: UInt64) {
        note("the device restarted or another client took over; going on from offset \(offset)")
    }

    func deviceBusy() {
        guard !hasToldBusy else { return }
        hasToldBusy = true
        note("the device is busy with other transfers; trying again until one of them ends")
    }

    func deviceOutput(_ bytes: Span<UInt8>) {
        guard showsDeviceOutput else { return }
        let text = bytes.withUnsafeBufferPointer { String(decoding: $0, as: UTF8.self) }
        closeLine()
        for line in text.split(omittingEmptySubsequences: true, whereSeparator: \.isNewline) {
            Console.note("device: \(DeviceText.visible(String(line)))")
        }
    }

    /// A line about the transfer, unless the user wants none.
    func note(_ text: String) {
        guard !isQuiet else { return }
        closeLine()
        Console.note(text)
    }

    /// The closing line.
    func conclude(_ report: TransferReport) {
        let statistics = report.statistics
        let verb = report.request.direction == .read ? "read" : "wrote"
        note(
            """
            \(verb) \(Quantity.bytes(report.progress.moved)) in \(Quantity.time(report.duration)) \
            (\(Quantity.rate(report.progress.moved, in: report.duration))), \
            retransmissions: \(statistics.repeats), damaged frames: \(statistics.damagedFrames), \
            stray bytes: \(statistics.strayBytes)
            """)
    }

    /// Ends a line that is being updated.
    func closeLine() {
        guard isLineOpen else { return }
        isLineOpen = false
        Console.put("\r\(Self.eraseToEnd)")
    }

    private func tellVersion(_ report: TransferReport) {
        guard !hasToldVersion, let version = report.version else { return }
        hasToldVersion = true
        if version == .legacy, report.request.protocolChoice == .auto {
            note("the device speaks the legacy protocol")
        }
    }

    private static func interval(_ style: Style) -> Duration {
        style == .updatedLine ? updateInterval : lineInterval
    }

    private static func line(_ report: TransferReport) -> String {
        let progress = report.progress
        guard report.version != nil else {
            return "waiting for the device, \(Quantity.time(report.duration))"
        }
        var line = ""
        if let total = progress.total, total > 0 { line = "\(progress.moved * 100 / total) %, " }
        return line + "\(Quantity.progress(progress)), \(Quantity.rate(progress.moved, in: report.duration))"
    }
}
