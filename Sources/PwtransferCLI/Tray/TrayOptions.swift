internal import ArgumentParser

/// The options for work with several devices.
struct TrayOptions: ParsableArguments {
    @Flag(help: "Use every device that --port matches; without --port, every USB serial port.")
    var all = false

    @Option(
        help: ArgumentHelp(
            """
            As --all, but exactly this many: any other number is an error. With --wait, waits until all are there. \
            (default: any number)
            """,
            valueName: "n", visibility: .rare))
    var devices: Number<Int>?

    @Option(
        help: ArgumentHelp(
            "With several devices, how many work at the same time. (default: all)", valueName: "n",
            visibility: .rare))
    var jobs: Number<Int>?

    func validate() throws {
        if let jobs, jobs.value < 1 { throw ValidationError("--jobs must be 1 or more") }
        if let devices, devices.value < 1 { throw ValidationError("--devices must be 1 or more") }
    }

    /// Whether the command is about a tray of devices, even if only one is in it.
    func isTray(_ ports: PortOptions) -> Bool { takesAll || ports.ports.count > 1 }

    /// Whether a selector that several devices match stands for all of them.
    var takesAll: Bool { all || devices != nil }
}
