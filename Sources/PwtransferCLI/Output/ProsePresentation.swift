internal import TransferClient

/// Tells events to people, on standard error.
struct ProsePresentation: Presentation {
    private let progress: ProgressStyle
    private let isQuiet: Bool
    private let verbosity: Int
    private let palette: Palette
    private var bar = BarLine()

    init(_ style: OutputStyle) {
        progress = style.progress
        isQuiet = style.isQuiet
        verbosity = style.verbosity
        palette = style.palette
    }

    var progressSchedule: ProgressSchedule? {
        switch progress {
        case .none: nil
        case .bar: ProgressSchedule(interval: .milliseconds(200))
        case .plain: ProgressSchedule(interval: .seconds(5), tellsTenths: true)
        }
    }

    mutating func tell(_ event: CommandEvent, of port: String?, elapsed: Duration) {
        switch event {
        case .portOpened, .accepted: break
        case .progress(let snapshot): tell(snapshot)
        case .transferEnded(let report, let isDone):
            bar.close()
            if isDone { note(ClosingReport.line(report)) }
        case .checkEnded: bar.close()
        case .verification(let verification):
            guard verification.isSame else { return }
            note("verified by \(verification.means.name): \(verification.confirmation)")
        case .note(_, let text), .skipped(let text): note(text)
        case .log(let level, let text):
            guard verbosity >= (level == .info ? 1 : 2) else { return }
            note(palette.paint("\(Quantity.time(elapsed)): \(text)", .dim))
        case .deviceOutput(let line):
            bar.close()
            Console.note("\(palette.paint("device:", .dim)) \(line)")
        case .trace(let line):
            bar.close()
            Console.note(line)
        }
    }

    mutating func conclude(_ result: CommandResult) {
        bar.close()
        if let problem = result.problem, !problem.isTold { Console.report(problem, palette) }
    }

    private mutating func tell(_ snapshot: TransferSnapshot) {
        switch progress {
        case .none: break
        case .bar: bar.draw { ProgressText.bar(snapshot, columns: $0, palette) }
        case .plain: Console.note(ProgressText.plain(snapshot))
        }
    }

    private mutating func note(_ text: String) {
        guard !isQuiet else { return }
        bar.close()
        Console.note(text)
    }
}

/// A line on the terminal of standard error that is drawn again and again.
///
/// The terminal is never put into a state that would have to be undone: the cursor stays visible, so that even a
/// program that is killed leaves nothing behind but the line.
private struct BarLine {
    private static let eraseBelow = "\u{1B}[J"
    /// Room behind the line for the cursor and the echo of a control key.
    private static let margin = 2

    /// How wide the line on the screen is; `nil` if there is none.
    private var width: Int?

    mutating func draw(_ text: (_ columns: Int) -> String) {
        let columns = Console.columns
        let line = text(max(1, columns - Self.margin))
        Console.put(clear(columns) + line)
        width = min(Palette.width(of: line), columns)
    }

    mutating func close() {
        guard width != nil else { return }
        Console.put(clear(Console.columns))
        width = nil
    }

    /// Goes to the start of the line and erases it; a terminal that has become narrower has wrapped it.
    private func clear(_ columns: Int) -> String {
        guard let width else { return "" }
        let rows = max(0, width - 1) / max(1, columns)
        return "\r" + (rows > 0 ? "\u{1B}[\(rows)A" : "") + Self.eraseBelow
    }
}
