internal import CLibrary
internal import SerialPort

/// What the text of a problem depends on besides the failure.
struct Surroundings {
    /// The text for a resource: its number, and its name if it has one.
    var label: (_ resource: UInt32) -> String
    /// Who may use a node; `nil` if the node cannot be examined.
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
                // If udev cannot be asked, the search for the port has already reported that.
                do throws(SerialPortError) { return try SerialPorts.withoutNode() } catch { return [] }
            })
    }
}
