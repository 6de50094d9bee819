public import ArgumentParser
internal import Glibc
public import SerialPort

extension SerialSettings.FlowControl: ExpressibleByArgument {}
extension SerialSettings.ModemLine: ExpressibleByArgument {}

/// Which port to use, and how.
struct PortOptions: ParsableArguments {
    private static let environmentVariable = "PWTRANSFER_PORT"
    private static let networkPrefix = "tcp:"

    @Option(
        help: ArgumentHelp(
            """
            A serial port such as /dev/ttyACM0, or tcp:HOST:PORT. (default: PWTRANSFER_PORT, else the only USB serial \
            port)
            """,
            valueName: "port"))
    var port: String?

    @Option(help: ArgumentHelp("Bits per second, any number. (default: 115200)", valueName: "n"))
    var baud: Number<UInt32>?

    @Option(
        help: "Flow control; xon-xoff does not work with HDLC, which contains these bytes. (default: none)")
    var flow: SerialSettings.FlowControl?

    @Option(help: "The DTR line. (default: keep)")
    var dtr: SerialSettings.ModemLine?

    @Option(help: "The RTS line. (default: keep)")
    var rts: SerialSettings.ModemLine?

    @OptionGroup var configurationOptions: ConfigurationOptions

    func validate() throws {
        guard port?.isEmpty != true else { throw ValidationError("--port is empty") }
        guard baud?.value != 0 else { throw ValidationError("--baud must be 1 or more") }
    }

    /// Opens the port that was asked for, or the only one there is.
    ///
    /// - Parameter tell: is given a sentence about a port that the user did not name.
    func open(tell: (String) -> Void) throws(Problem) -> any ByteTransport {
        let name = if let port = port ?? Self.environmentPort { port } else { try onlyPort(tell: tell) }
        do throws(SerialPortError) {
            if name.hasPrefix(Self.networkPrefix) {
                let address = try TCPAddress(parsing: String(name.dropFirst(Self.networkPrefix.count)))
                return try TCPConnection(to: address)
            }
            return try SerialPort(opening: name, settings: settings)
        } catch {
            throw Problem(error)
        }
    }

    /// Bytes a second that the line carries at ten bits a byte; `nil` for a network connection.
    var lineRate: UInt32? {
        let isNetwork = (port ?? Self.environmentPort)?.hasPrefix(Self.networkPrefix) ?? false
        return isNetwork ? nil : max(settings.baudRate / 10, 1)
    }

    private var settings: SerialSettings {
        var settings = SerialSettings()
        if let baud { settings.baudRate = baud.value }
        if let flow { settings.flowControl = flow }
        if let dtr { settings.dtr = dtr }
        if let rts { settings.rts = rts }
        return settings
    }

    private static var environmentPort: String? {
        guard let value = getenv(environmentVariable) else { return nil }
        let name = String(cString: value)
        return name.isEmpty ? nil : name
    }

    private func onlyPort(tell: (String) -> Void) throws(Problem) -> String {
        let ports: [SerialPortDescription]
        do throws(SerialPortError) { ports = try SerialPorts.all().filter(\.isUSB) } catch {
            throw Problem(error)
        }
        guard let first = ports.first else {
            throw Problem(
                status: .noDevice, message: "there is no USB serial port",
                cause: "the device is not plugged in, or its port is of another kind",
                hint: "plug it in, or name the port: --port /dev/ttyS0, --port tcp:HOST:PORT")
        }
        guard ports.count == 1 else {
            let list = ports.map { "\n    --port \($0.byIDPath ?? $0.path)  (\(PortsCommand.title(of: $0)))" }
            throw Problem(
                status: .noDevice, message: "there are \(ports.count) USB serial ports",
                hint: "choose one:" + list.joined())
        }
        tell("using \(first.path) (\(PortsCommand.title(of: first)))")
        return first.path
    }
}
