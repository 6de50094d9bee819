internal import PigweedTransfer
internal import TransferClient

/// The report of a transfer that succeeded.
enum ClosingReport {
    /// A preparation is reported if it took this long.
    private static let longPreparation = Duration.seconds(1)

    /// On a clean line, the longest stall is reported if it took this long.
    private static let longStall = Duration.seconds(1)

    /// One line: what was moved, how fast, and how good the line was.
    static func line(_ report: TransferReport) -> String {
        let statistics = report.statistics
        let verb = report.request.direction == .read ? "read" : "wrote"
        let moved = report.progress.moved
        var parts = [
            """
            \(verb) \(Quantity.bytes(moved)) in \(Quantity.time(report.duration)) \
            (\(Quantity.rate(moved, in: report.duration)))
            """
        ]
        let preparation = report.timing[.preparation]
        if preparation >= longPreparation {
            parts.append("device prepared for \(Quantity.time(preparation))")
        }
        if report.reconnects > 0 {
            parts.append(
                "reconnections: \(report.reconnects) (\(Quantity.time(report.timing[.reconnection])))")
        }
        if report.bytesRepeated > 0 { parts.append("moved again: \(Quantity.bytes(report.bytesRepeated))") }
        let figures = [
            ("retransmissions", statistics.repeats, "\(statistics.repeats)"),
            (
                "arrived twice", statistics.duplicateBytes,
                Quantity.bytes(UInt64(clamping: statistics.duplicateBytes))
            ),
            ("damaged frames", statistics.damagedFrames, "\(statistics.damagedFrames)"),
            ("stray bytes", statistics.strayBytes, "\(statistics.strayBytes)"),
        ].filter { $0.1 > 0 }
        parts += figures.isEmpty ? ["clean line"] : figures.map { "\($0.0): \($0.2)" }
        if !figures.isEmpty || report.longestStall >= longStall {
            parts.append("longest stall: \(Quantity.time(report.longestStall))")
        }
        if let bottleneck = report.bottleneck { parts.append("limited by \(text(bottleneck))") }
        return parts.joined(separator: ", ")
    }

    /// What makes a transfer faster that this bottleneck has limited.
    static func remedy(_ bottleneck: Bottleneck) -> String {
        switch bottleneck {
        case .line: "a higher rate on both sides is faster: --baud"
        case .devicePace: "the firmware's pause between chunks or its handler takes the time"
        case .window: "a larger window in the firmware lets more be in flight on the way"
        case .losses: "a line without losses is faster: cable, ground, --flow rts-cts, or a lower --baud"
        case .preparation, .completion: "the firmware's handler takes the time, such as for erasing flash"
        case .reconnection: "find out why the line broke: \(Program.name) doctor"
        case .suspension: "this program was stopped, or no processor was free"
        case .source: "what the data come from is slow: write from a file"
        case .sink: "what the data go to is slow: read into a file on a local disk"
        }
    }

    private static func text(_ bottleneck: Bottleneck) -> String {
        switch bottleneck {
        case .line: "the line"
        case .devicePace: "the device's pace"
        case .window: "the window"
        case .losses: "losses"
        case .preparation: "the device's preparation"
        case .completion: "the device's finishing"
        case .reconnection: "the lost connection"
        case .suspension: "this program, which was stopped"
        case .source: "the input"
        case .sink: "the output"
        }
    }
}
