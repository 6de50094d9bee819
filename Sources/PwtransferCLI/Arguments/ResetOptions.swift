internal import ArgumentParser
internal import SerialPort

/// A way to make a device restart.
enum ResetMethod: String, ExpressibleByArgument, CaseIterable, Sendable {
    case dtr
    case rts
    case dtrAndRTS = "dtr-rts"
    case touch1200
    case rpc

    /// The sequence of the modem lines, for the methods that use one.
    var sequence: LineReset? {
        switch self {
        case .dtr: .dtr
        case .rts: .rts
        case .dtrAndRTS: .dtrAndRTS
        case .touch1200, .rpc: nil
        }
    }

    /// Refuses ports that this method cannot use.
    func validate(over ports: [PortSelector], option: String) throws {
        for case .network(let endpoint) in ports.map(\.kind) {
            switch self {
            case .rpc: break
            case .dtr, .rts, .dtrAndRTS:
                guard endpoint.hasLine else {
                    throw ValidationError(
                        "\(option) \(rawValue) needs the lines of a serial port; on a network, rfc2217://HOST:PORT has them"
                    )
                }
            case .touch1200:
                throw ValidationError("\(option) touch1200 needs a serial port of this machine")
            }
        }
    }

    static let explanation =
        "by its DTR or RTS line or both, by setting 1200 baud, or by pw.system.proto.DeviceService.Reboot"
}

/// The option to restart the device before the command does its work.
struct ResetOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "Restart the device first: \(ResetMethod.explanation).", valueName: "method", visibility: .rare))
    var reset: ResetMethod?
}
