internal import PigweedTransfer

/// How the time of a transfer was spent: for what it waited, and how long.
package struct TransferTiming: Hashable, Sendable {
    /// A use of time.
    package enum Use: Int, CaseIterable, Sendable {
        /// The device had not accepted the transfer yet, or allowed no data of it; it may have erased flash.
        case preparation
        /// Frames of this side waited for the port to take them.
        case line
        /// In a read, data were in flight within the window; in a write, the pause between chunks passed that the
        /// device asks for.
        case data
        /// All data that the receiver allowed were in flight.
        case window
        /// Lost data were sent or asked for again.
        case recovery
        /// The pipe that the data come from had none.
        case source
        /// The file or pipe that the data go to took none.
        case sink
        /// The line was broken, and the device did not come back yet.
        case reconnection
        /// This process could not run: it was stopped, as by Ctrl-Z.
        case suspension
        /// All data were moved, but the device had not confirmed the end.
        case completion

        init(_ wait: TransferWait?, isSending: Bool) {
            switch wait {
            case .acceptance, .parameters: self = .preparation
            case .completion, nil: self = .completion
            case .recovery: self = .recovery
            case .data, .pace, .window:
                if isSending {
                    self = .line
                } else {
                    self = wait == .window ? .window : .data
                }
            }
        }
    }

    private var durations = [Duration](repeating: .zero, count: Use.allCases.count)

    /// The time of a use.
    package subscript(use: Use) -> Duration {
        get { durations[use.rawValue] }
        set { durations[use.rawValue] = newValue }
    }
}

/// The thing that kept a transfer from being faster.
package enum Bottleneck: String, Hashable, Sendable {
    /// The baud rate.
    case line
    /// The pace at which the device sends, or lets this side send.
    case devicePace = "device_pace"
    /// The window: how many bytes may be in flight before the receiver must be heard.
    case window
    /// Losses, and the time that they cost.
    case losses
    /// The device's work before the first data.
    case preparation
    /// The device's work after the last data.
    case completion
    /// The time until the device was back after the line had broken.
    case reconnection
    /// This process, which was stopped in between.
    case suspension
    /// The pipe that the data come from.
    case source
    /// The file or pipe that the data go to.
    case sink
}

extension TransferReport {
    /// The share of the line's capacity from which on the line is the bottleneck.
    private static let fullLine = 0.75
    /// A share above this one shows that the baud rate is not the rate of a line: USB devices and pseudo-terminals
    /// ignore it.
    private static let impossibleLine = 1.1
    /// The share of the time from which on losses or a pause of this process are the bottleneck, even if something else
    /// takes more time.
    private static let largeShare = 0.3
    /// The share of duplicate bytes on the line from which on losses are the bottleneck.
    private static let manyDuplicates = 0.1

    /// The thing that kept the transfer from being faster; `nil` if nothing was moved.
    ///
    /// If the line is full, this is the line itself, and not a symptom such as a window that waits for the line.
    package var bottleneck: Bottleneck? {
        guard progress.moved > 0, duration > .zero else { return nil }
        let active =
            duration - timing[.preparation] - timing[.reconnection] - timing[.source] - timing[.sink]
            - timing[.suspension]
        let largest = TransferTiming.Use.allCases.max { timing[$0] < timing[$1] } ?? .data
        switch largest {
        case .preparation: return .preparation
        case .reconnection: return .reconnection
        case .source: return .source
        case .sink: return .sink
        default: break
        }
        if Self.ratio(timing[.suspension], duration) >= Self.largeShare { return .suspension }
        if Self.ratio(timing[.recovery], active) >= Self.largeShare || hasManyDuplicates { return .losses }
        if let lineRate = request.lineRate, active > .zero {
            let seconds = Self.ratio(active, .seconds(1))
            let load = Double(max(bytesSent, bytesReceived)) / (Double(lineRate) * seconds)
            if load >= Self.fullLine, load < Self.impossibleLine { return .line }
        }
        switch largest {
        case .line: return .line
        case .window: return .window
        case .recovery: return .losses
        case .completion: return .completion
        default: return .devicePace
        }
    }

    private var hasManyDuplicates: Bool {
        let carried = max(bytesSent, bytesReceived)
        return Double(statistics.duplicateBytes) > Self.manyDuplicates * Double(carried)
    }

    private static func ratio(_ left: Duration, _ right: Duration) -> Double {
        Double(left.saturatedNanoseconds) / Double(max(right.saturatedNanoseconds, 1))
    }
}
