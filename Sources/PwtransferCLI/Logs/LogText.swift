internal import CLibrary
internal import PigweedTokenizer
internal import SerialPort

/// A message of a device's log as a line of text.
enum LogText {
    static func line(_ message: LogMessage, _ palette: Palette) -> String {
        let level = message.level.map { shortName($0) + " " } ?? ""
        let module = message.module.map { $0.isEmpty ? "" : "[\(DeviceText.visible($0))] " } ?? ""
        let text = level + module + DeviceText.visible(message.text)
        let painted = color(of: message.level).map { palette.paint(text, $0) } ?? text
        var places: [String] = []
        if let file = message.file, !file.isEmpty {
            places.append(DeviceText.visible(file) + (message.line.map { ":\($0)" } ?? ""))
        }
        if let thread = message.thread, !thread.isEmpty {
            places.append("thread \(DeviceText.visible(thread))")
        }
        guard !places.isEmpty else { return painted }
        return "\(painted) \(palette.paint("(\(places.joined(separator: ", ")))", .dim))"
    }

    /// The local time of day to the millisecond, with or without the date.
    static func time(isDated: Bool) -> String {
        var now = timespec()
        clock_gettime(CLOCK_REALTIME, &now)
        var seconds = now.tv_sec
        var parts = tm()
        localtime_r(&seconds, &parts)
        func two(_ number: Int32) -> String { Quantity.digits(number, 2) }
        let milliseconds = Quantity.digits(now.tv_nsec / 1_000_000, 3)
        let time = "\(two(parts.tm_hour)):\(two(parts.tm_min)):\(two(parts.tm_sec)).\(milliseconds)"
        guard isDated else { return time }
        return "\(parts.tm_year + 1900)-\(two(parts.tm_mon + 1))-\(two(parts.tm_mday)) \(time)"
    }

    /// The name of a level in `--json`.
    static func name(_ level: LogMessage.Level) -> String {
        switch level {
        case .debug: "debug"
        case .info: "info"
        case .warning: "warning"
        case .error: "error"
        case .critical: "critical"
        case .fatal: "fatal"
        }
    }

    /// The abbreviation of a level in Pigweed's own tools.
    private static func shortName(_ level: LogMessage.Level) -> String {
        switch level {
        case .debug: "DBG"
        case .info: "INF"
        case .warning: "WRN"
        case .error: "ERR"
        case .critical: "CRT"
        case .fatal: "FTL"
        }
    }

    private static func color(of level: LogMessage.Level?) -> Palette.Color? {
        switch level {
        case .debug: .dim
        case .warning: .yellow
        case .error, .critical, .fatal: .red
        case .info, nil: nil
        }
    }
}
