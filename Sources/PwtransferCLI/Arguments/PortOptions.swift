public import ArgumentParser
internal import CLibrary
public import SerialPort
internal import TransferClient

/// Which port to use, and how.
struct PortOptions: ParsableArguments {
    @Option(
        name: .customLong("port"),
        help: ArgumentHelp(
            """
            A serial port such as /dev/ttyACM0, or usb:VID:PID[:SERIAL], serial:SUFFIX (of the serial number), \
            path:ID_PATH (where it is plugged in), each with #N for USB interface N if the device has several ports; or \
            tcp:HOST[:PORT] (33000), rfc2217://HOST:PORT, telnet://HOST[:PORT], unix:PATH. (default: the only USB serial \
            port)
            """,
            valueName: "port"),
        completion: .livePorts,
        transform: { try PortSelector(typed: $0) })
    var ports: [PortSelector] = []

    /// The only port of a command that takes one; `nil` if the user named none.
    var port: PortSelector? { ports.first }

    /// The same options for one of several devices.
    func only(_ port: PortSelector) -> PortOptions {
        var options = self
        options.ports = [port]
        return options
    }

    @Option(
        help: ArgumentHelp(
            """
            Wait until the port exists, is accessible and not in use; for ever, or at most this long.
            """,
            valueName: "=time"))
    var wait: WaitLimit?

    @OptionGroup var lineOptions: LineOptions
    @OptionGroup var configurationOptions: ConfigurationOptions

    /// Opens the port that the user named, or the only USB serial port; with `--wait`, waits for this port.
    ///
    /// - Parameters:
    ///   - request: a request that ``request(stop:telling:)`` has made.
    ///   - output: reports the wait, and the port if the user did not name it by its node.
    func open(
        _ request: PortRequest, stop: StopRequest, telling output: Output
    ) throws(Failure) -> any ByteTransport {
        guard ports.count < 2 else { throw .usage(.severalDevices(ports.count)) }
        do throws(PortRequestError) {
            return try request.open { output.tell($0) }
        } catch .stopped {
            throw .stopped(signal: stop.signal ?? SIGINT, occasion: "while waiting for the port")
        } catch {
            guard case .limited(let time) = request.patience, error.isWaitedFor else {
                throw .portRequest(error)
            }
            throw .waited(time, .portRequest(error))
        }
    }

    /// The request for the port that the user named.
    ///
    /// - Parameter output: reports what is negotiated with the server of a port.
    func request(stop: StopRequest, telling output: Output) -> PortRequest {
        var request = PortRequest(port)
        request.settings = settings
        request.patience = wait?.patience ?? .none
        request.stopDescriptor = stop.descriptor
        if let endpoint {
            request.negotiationObserver = { output.log(.debug, "\(endpoint): \($0)") }
        }
        return request
    }

    /// The address of the port if it is a network connection.
    private var endpoint: NetworkEndpoint? {
        if case .network(let endpoint) = port?.kind { endpoint } else { nil }
    }

    var isNetwork: Bool { endpoint != nil }

    /// The settings in words, for the log.
    var summary: String {
        guard lineRate != nil else { return "a network connection" }
        return "\(settings.baudRate) baud, flow control \(settings.flowControl.rawValue), "
            + "DTR \(ModemLineState(settings.dtr).rawValue), RTS \(ModemLineState(settings.rts).rawValue)"
    }

    /// Bytes a second that the line carries at ten bits a byte; `nil` for a network connection without a serial line.
    var lineRate: UInt32? { endpoint?.hasLine ?? true ? max(settings.baudRate / 10, 1) : nil }

    private var settings: SerialSettings { lineOptions.settings }
}

extension PortOptions {
    /// Refuses a file of the command that is a port the command talks over.
    ///
    /// - Parameter files: the options, such as `--capture`, and the paths that they name.
    func checkApart(from files: [(option: String, path: String?)]) throws(Failure) {
        for case (let option, let path?) in files {
            let file = FileIdentity(path)
            guard file.isSpecial, nodes.contains(where: { FileIdentity($0) == file }) else { continue }
            throw .usage(.portAsFile(option: option, path: path))
        }
    }

    /// The nodes of the ports that the user chose, as far as the ports exist.
    private var nodes: [String] {
        let named = ports.compactMap { if case .node(let path) = $0.kind { path } else { nil } }
        if !ports.isEmpty, named.count == ports.count { return named }
        do throws(SerialPortError) {
            let present = try SerialPorts.all()
            return named
                + present.filter { port in
                    ports.isEmpty ? port.isChosenUnnamed : ports.contains { $0.matches(port) }
                }.map(\.path)
        } catch {
            // If udev cannot be asked, opening the port will report that.
            return named
        }
    }
}

extension PortSelector {
    /// Parses a selector that a user has typed. `ttyUSB0` without its folder is a usage error.
    init(typed text: String) throws {
        self = try PortSelector(parsing: text)
        guard case .node(let name) = kind, !name.contains("/"), name.hasPrefix("tty"), access(name, F_OK) != 0
        else { return }
        throw ValidationError(
            "--port \(DeviceText.visible(name)): did you mean /dev/\(DeviceText.visible(name))?")
    }
}

extension PortRequestError {
    /// Whether waiting can cure the error.
    fileprivate var isWaitedFor: Bool {
        switch self {
        case .noMatch, .unusable(.notFound), .unusable(.permissionDenied), .unusable(.busy),
            .unusable(.connectionFailed), .unusable(.turnedAway), .unusable(.noAnswer):
            true
        default: false
        }
    }
}

extension SerialSettings.FlowControl: ExpressibleByArgument {}

/// What becomes of DTR or RTS after opening.
enum ModemLineState: String, ExpressibleByArgument, CaseIterable {
    case keep
    case on
    case off

    init(_ isOn: Bool?) {
        self = isOn.map { $0 ? .on : .off } ?? .keep
    }

    var isOn: Bool? { self == .keep ? nil : self == .on }
}

/// The settings of a serial line.
struct LineOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "Bits per second, any number. (default: \(SerialSettings().baudRate))", valueName: "n"))
    var baud: Number<UInt32>?

    @Option(
        help: ArgumentHelp(
            "Flow control. (default: \(SerialSettings().flowControl.rawValue))", visibility: .rare))
    var flow: SerialSettings.FlowControl?

    @Option(
        help: ArgumentHelp(
            "The DTR line. (default: \(ModemLineState(SerialSettings().dtr).rawValue))", visibility: .rare))
    var dtr: ModemLineState?

    @Option(
        help: ArgumentHelp(
            "The RTS line. (default: \(ModemLineState(SerialSettings().rts).rawValue))", visibility: .rare))
    var rts: ModemLineState?

    func validate() throws {
        guard baud?.value != 0 else { throw ValidationError("--baud must be 1 or more") }
    }

    /// The settings from the options, with defaults for the rest.
    var settings: SerialSettings {
        var settings = SerialSettings()
        if let baud { settings.baudRate = baud.value }
        if let flow { settings.flowControl = flow }
        if let dtr { settings.dtr = dtr.isOn }
        if let rts { settings.rts = rts.isOn }
        return settings
    }
}
