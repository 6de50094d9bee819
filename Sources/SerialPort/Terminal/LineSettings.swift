internal import CMachine
internal import CLibrary
internal import SystemPackage

/// The line settings of an open terminal (`struct termios2`).
struct LineSettings: Sendable {
    private var settings: cmachine_line_settings

    init(of descriptor: Int32) throws(Errno) {
        settings = cmachine_line_settings()
        let result = cmachine_get_line_settings(descriptor, &settings)
        if result < 0 { throw Errno(rawValue: -result) }
    }

    func apply(to descriptor: Int32) throws(Errno) {
        let result = withUnsafePointer(to: settings) { cmachine_set_line_settings(descriptor, $0) }
        if result < 0 { throw Errno(rawValue: -result) }
    }

    /// Sets the line for the last time: the descriptor leads nowhere afterwards. Waits at most 300 ms for the driver; on
    /// a thread of its own, which ends with the process however long the driver takes.
    func applyAndReplace(_ descriptor: Int32) {
        withUnsafePointer(to: settings) { cmachine_replace_within(descriptor, $0, 300) }
    }

    /// Bits per second, as the driver says it set them.
    var baudRate: UInt32 { settings.output_rate }

    /// Whether closing the port drops DTR and RTS (`HUPCL`).
    var dropsLinesOnClose: Bool { settings.control_modes & UInt32(HUPCL) != 0 }

    /// These settings with every byte passed on unchanged, 8N1, and an end of file only after a hang-up.
    func raw(baudRate: UInt32, flowControl: SerialSettings.FlowControl) -> LineSettings {
        var result = self
        cmachine_make_raw(&result.settings, baudRate, flowControl == .rtsCts)
        return result
    }

    /// These settings, but with DTR and RTS left alone when the port is closed.
    var keepingLinesOnClose: LineSettings {
        var result = self
        cmachine_keep_lines_on_close(&result.settings)
        return result
    }
}

extension LineSettings: Equatable {
    static func == (left: LineSettings, right: LineSettings) -> Bool {
        withUnsafeBytes(of: left.settings) { leftBytes in
            withUnsafeBytes(of: right.settings) { leftBytes.elementsEqual($0) }
        }
    }
}
