internal import CLibrary
internal import PigweedTokenizer
internal import SerialPort

/// A message of a device's log as a line of text.
enum LogText {
    static func line(_ message: LogMessage, _ palette: Palette) -> String {
        let form = message.level.map(form)
        let level = form.map { $0.abbreviation + " " } ?? ""
        let module = message.module.map { $0.isEmpty ? "" : "[\(DeviceText.visible($0))] " } ?? ""
        let text = level + module + DeviceText.visible(message.text)
        let painted = form?.color.map { palette.paint(text, $0) } ?? text
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

    /// The name of a level in `--json`, its abbreviation in Pigweed's own tools, and its color.
    static func form(of level: LogMessage.Level) -> (
        name: String, abbreviation: String, color: Palette.Color?
    ) {
        switch level {
        case .debug: ("debug", "DBG", .dim)
        case .info: ("info", "INF", nil)
        case .warning: ("warning", "WRN", .yellow)
        case .error: ("error", "ERR", .red)
        case .critical: ("critical", "CRT", .red)
        case .fatal: ("fatal", "FTL", .red)
        }
    }
}
