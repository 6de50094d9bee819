internal import ArgumentParser
internal import SimulatedDevice

/// What goes wrong on the line and in the device.
struct FaultOptions: ParsableArguments {
    @Option(
        name: .customLong("fault"),
        help: ArgumentHelp(
            "Something that goes wrong, such as to-client:data-dropper=2%; filters act in the order of these options.",
            valueName: "target:name=value"),
        transform: { text in try Fault(parsing: text) })
    var faults: [Fault] = []

    @Flag(help: "Print everything that --fault takes, and exit.")
    var listFaults = false

    func validate() throws {
        if listFaults { throw CleanExit.message(Self.list) }
    }

    /// Each fault on a line, and below what it does.
    private static var list: String {
        Fault.forms.map { "\($0.form)\n    \($0.summary)" }.joined(separator: "\n")
    }
}
