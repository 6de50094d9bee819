internal import SerialPort
internal import SystemPackage

extension Problem {
    init(_ error: SerialPortError) {
        self.init(
            status: Self.status(of: error), message: error.description, cause: Self.cause(of: error),
            hint: Self.hint(for: error))
    }

    private static func status(of error: SerialPortError) -> ExitStatus {
        switch error {
        case .notFound, .connectionFailed: .noDevice
        case .permissionDenied, .system(_, _, .permissionDenied), .system(_, _, .notPermitted): .noPermission
        case .busy: .temporary
        case .notATerminal, .rateRejected, .modemLinesUnsupported, .invalidAddress: .usage
        case .linkOccupied, .linkFailed: .cannotWriteOutput
        case .disconnected, .system: .linkBroke
        }
    }

    private static func cause(of error: SerialPortError) -> String? {
        switch error {
        case .notFound: "the device is not plugged in, not switched on, or has another name now"
        case .permissionDenied: "serial ports belong to a group, on many systems \"dialout\""
        case .rateRejected: "the adapter cannot produce this rate"
        case .disconnected: "the device was unplugged or reset, or the program on the other side has ended"
        default: nil
        }
    }

    private static func hint(for error: SerialPortError) -> String? {
        switch error {
        case .notFound: "see which ports there are: pwtransfer ports"
        case .permissionDenied(let path):
            "see which group it is: ls -l \(path); then: sudo adduser $USER GROUP, and log in again"
        case .busy(let path, _): "end that program, or choose another port than \(path)"
        case .notATerminal: "see which ports there are: pwtransfer ports"
        case .rateRejected: "choose another rate with --baud, the same on both sides"
        case .modemLinesUnsupported: "leave out --dtr and --rts"
        case .invalidAddress: "for example: --port tcp:localhost:33000"
        case .connectionFailed: "check the address, and that the other side is listening"
        case .linkOccupied: "choose another path with --link, or remove what is there"
        case .linkFailed: "choose another path with --link, in a folder that exists and that you may write to"
        case .disconnected: "check cable and power, then try again"
        case .system: nil
        }
    }
}
