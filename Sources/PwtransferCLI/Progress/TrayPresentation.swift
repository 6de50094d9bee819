internal import SerialPort
internal import TransferClient

/// Reports to people, on standard error, what happens with several devices: a bar for each, and a table at the end.
struct TrayPresentation: Presentation {
    /// The shortest time between two drawings of the bars, however many devices there are.
    private static let drawInterval = Duration.milliseconds(100)

    private let progress: ProgressStyle
    private let isQuiet: Bool
    private let verbosity: Int
    private let palette: Palette
    private var rows: [TrayRow] = []
    private var results: [DeviceResult] = []
    private var bars = BarLines()
    private var lastDrawn: Duration?

    init(_ style: OutputStyle) {
        progress = style.progress
        isQuiet = style.isQuiet
        verbosity = style.verbosity
        palette = style.palette
    }

    var progressSchedule: ProgressSchedule? { ProsePresentation.schedule(progress) }

    mutating func begin(_ devices: [TrayDevice]) {
        rows = devices.map { TrayRow(name: $0.name) }
    }

    mutating func tell(_ event: CommandEvent, of port: String?, device: TrayDevice?, elapsed: Duration) {
        switch event {
        case .portOpened: set(.opened, device)
        case .accepted: break
        case .progress(let snapshot):
            set(.transferring(snapshot), device)
            switch progress {
            case .none: break
            case .bar: draw(at: elapsed)
            case .plain: note(ProgressText.plain(snapshot), device, .progress)
            }
        case .transferEnded(let report, let isDone):
            if isDone { note(ClosingReport.line(report), device) }
        case .checkEnded: break
        case .verification(let verification):
            guard verification.isSame else { return }
            note(DeviceText.visible(verification.success), device)
        case .note(.simulatedPorts, let text):
            bars.close()
            // Never left out: nobody shall take the devices for real.
            Console.note(DeviceText.visible(text), .result)
        case .note(_, let text), .skipped(let text): note(DeviceText.visible(text), device)
        case .log(let level, let text):
            guard level.isTold(at: verbosity) else { return }
            note(
                palette.paint("\(Quantity.time(elapsed)): \(DeviceText.visible(text))", .dim), device, .detail
            )
        case .deviceOutput(let message):
            bars.close()
            let line = LogText.line(message, palette)
            Console.put("\(prefix(device))\(palette.paint("device:", .dim)) \(line)\n", .detail)
        case .trace(let line):
            bars.close()
            Console.put("\(prefix(device))\(line)\n", .detail)
        }
    }

    mutating func conclude(_ result: DeviceResult) {
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
        if !isQuiet, !results.isEmpty {
            let sorted = results.sorted { $0.device.index < $1.device.index }
            Console.note(TrayTable.lines(sorted, palette).joined(separator: "\n"), .result)
        }
        if let text = result.droppedText { note(text, nil, .result) }
        if let problem = result.problem { Console.report(problem, palette) }
    }

    private mutating func set(_ state: TrayRow.State, _ device: TrayDevice?) {
        guard let device, rows.indices.contains(device.index - 1) else { return }
        rows[device.index - 1].state = state
    }

    private mutating func draw(at elapsed: Duration) {
        if let lastDrawn, elapsed < lastDrawn + Self.drawInterval { return }
        lastDrawn = elapsed
        bars.draw { TrayRow.lines(rows, columns: $0, limit: max(1, Console.rows - 1), palette) }
    }

    private mutating func note(
        _ text: String, _ device: TrayDevice?, _ importance: MessageStream.Importance = .note
    ) {
        guard !isQuiet else { return }
        bars.close()
        Console.note(prefix(device) + text, importance)
    }

    private func prefix(_ device: TrayDevice?) -> String { device.map { "\($0.name): " } ?? "" }
}
