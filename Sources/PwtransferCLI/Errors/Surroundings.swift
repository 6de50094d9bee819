internal import CLibrary
internal import SerialPort

/// What the words for a failure depend on besides the failure.
struct Surroundings {
    /// A resource by its number, with its name if it has one.
    var label: (_ resource: UInt32) -> String
    /// Who may use a node; `nil` if it cannot be looked at.
    var access: (_ path: String) -> NodeAccess?
    var exists: (_ path: String) -> Bool
    /// Whether this machine shows its devices to the program.
    var seesDevices: () -> Bool
    /// The ports of this machine whose nodes this container does not have.
    var portsWithoutNode: () -> [SerialPortDescription]

    /// This machine, and the configuration of the command.
    static var present: Surroundings {
        let configuration = Configuration.current
        return Surroundings(
            label: configuration.label, access: { NodeAccess(ofNode: $0) },
            exists: { CLibrary.access($0, F_OK) == 0 }, seesDevices: { SerialPorts.areVisible },
            portsWithoutNode: {
                // Whoever looked for the port has said that udev cannot be asked.
                do throws(SerialPortError) { return try SerialPorts.withoutNode() } catch { return [] }
            })
    }
}
