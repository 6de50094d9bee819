internal import SerialPort
internal import TransferClient

/// Reports events to people, on standard error.
struct ProsePresentation: Presentation {
    private let progress: ProgressStyle
    private let isQuiet: Bool
    private let verbosity: Int
    private let palette: Palette
    private var bar = BarLines()

    init(_ style: OutputStyle) {
        progress = style.progress
        isQuiet = style.isQuiet
        verbosity = style.verbosity
        palette = style.palette
    }

    var progressSchedule: ProgressSchedule? { Self.schedule(progress) }

    static func schedule(_ progress: ProgressStyle) -> ProgressSchedule? {
        switch progress {
        case .none: nil
        case .bar: ProgressSchedule(interval: .milliseconds(200))
        case .plain: ProgressSchedule(interval: .seconds(5), tellsTenths: true)
        }
    }

    mutating func tell(_ event: CommandEvent, of port: String?, device: TrayDevice?, elapsed: Duration) {
        switch event {
        case .portOpened, .accepted: break
        case .progress(let snapshot): tell(snapshot)
        case .transferEnded(let report, let isDone):
            bar.close()
            guard isDone else { return }
            note(ClosingReport.line(report))
            guard LogLevel.info.isTold(at: verbosity), let bottleneck = report.bottleneck else { return }
            note(palette.paint("faster: \(ClosingReport.remedy(bottleneck))", .dim), .detail)
        case .checkEnded: bar.close()
        case .verification(let verification):
            guard verification.isSame else { return }
            note(DeviceText.visible(verification.success))
        case .note(.simulatedPorts, let text):
            bar.close()
            // Never left out: nobody shall take the devices for real.
            Console.note(DeviceText.visible(text), .result)
        case .note(_, let text), .skipped(let text): note(DeviceText.visible(text))
        case .log(let level, let text):
            guard level.isTold(at: verbosity) else { return }
            note(palette.paint("\(Quantity.time(elapsed)): \(DeviceText.visible(text))", .dim), .detail)
        case .deviceOutput(let message):
            bar.close()
            Console.put("\(palette.paint("device:", .dim)) \(LogText.line(message, palette))\n", .detail)
        case .trace(let line):
            bar.close()
            Console.put(line + "\n", .detail)
        }
    }

    mutating func conclude(_ result: CommandResult) {
        bar.close()
        if let text = result.droppedText { note(text, .result) }
        if let problem = result.problem, !problem.isTold { Console.report(problem, palette) }
    }

    private mutating func tell(_ snapshot: TransferSnapshot) {
        switch progress {
        case .none: break
        case .bar: bar.draw { [ProgressText.bar(snapshot, columns: $0, palette)] }
        case .plain: Console.note(ProgressText.plain(snapshot), .progress)
        }
    }

    private mutating func note(_ text: String, _ importance: MessageStream.Importance = .note) {
        guard !isQuiet else { return }
        bar.close()
        Console.note(text, importance)
    }
}
