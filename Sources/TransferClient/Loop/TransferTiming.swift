internal import PigweedTransfer

/// Where the time of a transfer went: what it waited for, and how long.
package struct TransferTiming: Hashable, Sendable {
    /// What time was spent on.
    package enum Use: Int, CaseIterable, Sendable {
        /// The device had not taken the transfer on yet; it may have erased flash.
        case preparation
        /// Frames of this side waited for the port to take them.
        case line
        /// In a read, data were in flight within the window; in a write, the pause passed that the device asks for.
        case data
        /// All data that the receiver allowed were in flight.
        case window
        /// What was lost was sent or asked for again.
        case recovery
        /// The pipe that the data come from had none.
        case source
        /// What the data go to took none.
        case sink
        /// The line was broken, and the device awaited.
        case reconnection
        /// This process could not run: it was stopped, as by Ctrl-Z.
        case suspension
        /// All data were moved; the other side's word was awaited.
        case completion

        init(_ wait: TransferWait?, isSending: Bool) {
            switch wait {
            case .acceptance: self = .preparation
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

    /// No time spent yet.
    package init() {}

    /// The time spent on something.
    package subscript(use: Use) -> Duration { durations[use.rawValue] }

    /// Adds time to what was spent on something.
    package mutating func add(_ duration: Duration, to use: Use) {
        durations[use.rawValue] += duration
    }

    mutating func set(_ duration: Duration, for use: Use) {
        durations[use.rawValue] = duration
    }
}

/// What kept a transfer from being faster.
public enum Bottleneck: String, Hashable, Sendable {
    /// The baud rate.
    case line
    /// How fast the device sends, or lets this side send.
    case devicePace = "device_pace"
    /// How much may be in flight before the receiver must be heard.
    case window
    /// Losses and what they cost.
    case losses
    /// What the device did before the first data.
    case preparation
    /// What the device did after the last data.
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
    /// The share of the line's bytes from which on the line is what limits.
    private static let fullLine = 0.75
    /// More bytes than the baud rate allows: it is not the rate of a line (USB devices and pseudo-terminals ignore it).
    private static let impossibleLine = 1.1
    /// The share of time from which on losses or a pause of this process are what limits, even if something else takes more.
    private static let largeShare = 0.3
    /// The share of the bytes on the line from which on those that were there already are what limits.
    private static let manyDuplicates = 0.1

    /// What kept the transfer from being faster; `nil` if nothing was moved.
    ///
    /// A full line is named rather than its symptom, such as a window that waits for the line.
    public var bottleneck: Bottleneck? {
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
