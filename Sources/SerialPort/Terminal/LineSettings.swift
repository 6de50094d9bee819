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

    /// Sets the line for the last time: afterwards the descriptor leads nowhere. Waits at most 300 ms for the driver,
    /// which is called on a thread of its own. However long the driver takes, this thread ends with the process.
    func applyAndReplace(_ descriptor: Int32) {
        withUnsafePointer(to: settings) { cmachine_replace_within(descriptor, $0, 300) }
    }

    /// Bits per second, as the driver says it set them.
    var baudRate: UInt32 { settings.output_rate }

    /// Whether closing the port drops DTR and RTS (`HUPCL`).
    var dropsLinesOnClose: Bool { settings.control_modes & UInt32(HUPCL) != 0 }

    /// These settings changed to the wanted ones, with every byte passed on unchanged.
    func raw(_ wanted: SerialSettings) -> LineSettings {
        var result = raw(baudRate: wanted.baudRate, flowControl: wanted.flowControl)
        let size =
            switch wanted.dataBits {
            case .five: CS5
            case .six: CS6
            case .seven: CS7
            case .eight: CS8
            }
        let parity: Int32 =
            switch wanted.parity {
            case .none: 0
            case .even: PARENB
            case .odd: PARENB | PARODD
            case .mark: PARENB | PARODD | CMSPAR
            case .space: PARENB | CMSPAR
            }
        result.form = UInt32(size | parity | (wanted.stopBits == .two ? CSTOPB : 0))
        return result
    }

    /// Data bits, parity and stop bits, as bits of the control modes.
    var form: UInt32 {
        get { settings.control_modes & Self.formMask }
        set { settings.control_modes = settings.control_modes & ~Self.formMask | newValue }
    }

    /// 8 data bits, no parity, 1 stop bit.
    static let customaryForm = UInt32(CS8)

    private static let formMask = UInt32(CSIZE | PARENB | PARODD | CMSPAR | CSTOPB)

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
