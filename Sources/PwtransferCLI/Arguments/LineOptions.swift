public import ArgumentParser
public import SerialPort

extension SerialSettings.FlowControl: ExpressibleByArgument {}
extension SerialSettings.ModemLine: ExpressibleByArgument {}

/// How the line of a port is set.
struct LineOptions: ParsableArguments {
    @Option(help: ArgumentHelp("Bits per second, any number. (default: 115200)", valueName: "n"))
    var baud: Number<UInt32>?

    @Option(
        help: "Flow control; xon-xoff does not work with HDLC, which contains these bytes. (default: none)")
    var flow: SerialSettings.FlowControl?

    @Option(help: "The DTR line. (default: keep)")
    var dtr: SerialSettings.ModemLine?

    @Option(help: "The RTS line. (default: keep)")
    var rts: SerialSettings.ModemLine?

    func validate() throws {
        guard baud?.value != 0 else { throw ValidationError("--baud must be 1 or more") }
    }

    /// The settings that were asked for, with the defaults for the others.
    var settings: SerialSettings {
        var settings = SerialSettings()
        if let baud { settings.baudRate = baud.value }
        if let flow { settings.flowControl = flow }
        if let dtr { settings.dtr = dtr }
        if let rts { settings.rts = rts }
        return settings
    }
}
