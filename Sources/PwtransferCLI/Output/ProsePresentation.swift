internal import SerialPort
internal import TransferClient

/// Reports events to people, on standard error. With several devices, each has a bar, and a line in the table at the
/// end.
struct ProsePresentation: Presentation {
    /// The shortest time between two drawings of the bars, however many devices there are.
    private static let drawInterval = Duration.milliseconds(100)

    private let style: OutputStyle
    private var bars = BarLines()
    private var lastDrawn: Duration?
    /// The bars of several devices; empty for a single device.
    private var rows: [TrayRow] = []
    private var results: [DeviceResult] = []

    init(_ style: OutputStyle) {
        self.style = style
    }

    private var palette: Palette { style.palette }
    private var isTray: Bool { !rows.isEmpty }

    var progressSchedule: ProgressSchedule? {
        switch style.progress {
        case .none: nil
        case .bar: ProgressSchedule(interval: .milliseconds(200))
        case .plain: ProgressSchedule(interval: .seconds(5), tellsTenths: true)
        }
    }

    mutating func begin(_ devices: [TrayDevice]) {
        rows = devices.map { TrayRow(name: $0.name) }
    }

    mutating func tell(_ event: CommandEvent, of port: String?, device: TrayDevice?, elapsed: Duration) {
        switch event {
        case .portOpened: set(.opened, device)
        case .accepted: break
        case .progress(let snapshot):
            set(.transferring(snapshot), device)
            switch style.progress {
            case .none: break
            case .bar: draw(snapshot, at: elapsed)
            case .plain: note(ProgressText.plain(snapshot), device, .progress)
            }
        case .transferEnded(let report, let isDone):
            if !isTray { bars.close() }
            guard isDone else { return }
            note(ClosingReport.line(report), device)
            guard !isTray, LogLevel.info.isTold(at: style.verbosity), let bottleneck = report.bottleneck
            else {
                return
            }
            note(palette.paint("faster: \(ClosingReport.remedy(bottleneck))", .dim), device, .detail)
        case .checkEnded: if !isTray { bars.close() }
        case .verification(let verification):
            guard verification.isSame else { return }
            let text = "verified by \(verification.means.name): \(verification.confirmation)"
            note(DeviceText.visible(text), device)
        case .note(.simulatedPorts, let text):
            bars.close()
            // Never left out: nobody shall take the devices for real.
            Console.note(DeviceText.visible(text), .result)
        case .note(_, let text), .skipped(let text): note(DeviceText.visible(text), device)
        case .log(let level, let text):
            guard level.isTold(at: style.verbosity) else { return }
            note(
                palette.paint("\(Quantity.time(elapsed)): \(DeviceText.visible(text))", .dim), device, .detail
            )
        case .deviceOutput(let message):
            put("\(palette.paint("device:", .dim)) \(LogText.line(message, palette))", device)
        case .trace(let line): put(line, device)
        }
    }

    mutating func conclude(_ result: DeviceResult) {
        guard isTray else { return }
        results.append(result)
        set(.concluded(result.outcome), result.device)
        guard var problem = result.outcome.problem else { return }
        bars.close()
        let name = result.device.name
        if ![": ", " "].contains(where: { problem.message.hasPrefix(name + $0) }) {
            problem.message = "\(name): \(problem.message)"
        }
        Console.report(problem, palette)
    }

    mutating func conclude(_ result: CommandResult) {
        bars.close()
        if !style.isQuiet, !results.isEmpty {
            let sorted = results.sorted { $0.device.index < $1.device.index }
            Console.note(TrayTable.lines(sorted, palette).joined(separator: "\n"), .result)
        }
        if let text = result.droppedText { note(text, nil, .result) }
        if let problem = result.problem, !problem.isTold { Console.report(problem, palette) }
    }

    private mutating func set(_ state: TrayRow.State, _ device: TrayDevice?) {
        guard let device, rows.indices.contains(device.index - 1) else { return }
        rows[device.index - 1].state = state
    }

    private mutating func draw(_ snapshot: TransferSnapshot, at elapsed: Duration) {
        if let lastDrawn, elapsed < lastDrawn + Self.drawInterval { return }
        lastDrawn = elapsed
        bars.draw { [self] columns in
            isTray
                ? TrayRow.lines(rows, columns: columns, limit: max(1, Console.rows - 1), palette)
                : [ProgressText.bar(snapshot, columns: columns, palette)]
        }
    }

    private mutating func note(
        _ text: String, _ device: TrayDevice?, _ importance: MessageStream.Importance = .note
    ) {
        guard !style.isQuiet else { return }
        bars.close()
        Console.note(prefix(device) + text, importance)
    }

    private mutating func put(_ line: String, _ device: TrayDevice?) {
        bars.close()
        Console.put(prefix(device) + line + "\n", .detail)
    }

    private func prefix(_ device: TrayDevice?) -> String {
        isTray ? device.map { "\($0.name): " } ?? "" : ""
    }
}
