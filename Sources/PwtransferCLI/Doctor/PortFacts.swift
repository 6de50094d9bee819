internal import SerialPort

/// What is known about a serial port before anything is sent to it.
struct PortFacts: Sendable {
    /// The result of opening the port.
    enum Opening: Sendable {
        case notTried(because: String)
        case failed(SerialPortError)
        case opened(LineState)
    }

    enum SeenPrograms: Sendable {
        case none, own, all
    }

    /// The node, as the user named it or as it was found.
    var path: String
    /// The option that selects this port, if several ports match.
    var choice: String?
    /// What udev knows about the port; `nil` if udev does not know it.
    var description: SerialPortDescription?
    /// Whether something exists at the path.
    var isPresent = true
    /// All ports of this machine.
    var ports: [SerialPortDescription] = []
    /// Adapters that should have a port, and have none.
    var adapters: [AdapterWithoutPort] = []
    var access: NodeAccess?
    var holder: PortHolder?
    /// The file that says that a program uses the port, whether or not the file is credible.
    var lockFile: LockFile?
    /// The programs whose open files could be examined.
    var seenPrograms = SeenPrograms.all
    /// Why a port that exists has no node here, and what to do.
    var notHandedIn: (cause: String, hint: String)?
    /// Whether devices could be examined, which needs `/sys`.
    var seesDevices = true
    var modemManager: PortHolder?
    var brltty: PortHolder?
    /// What udev knows around the port; `nil` if udev does not know the port.
    var surroundings: PortSurroundings?
    /// The FTDI latency timer while the port was open, in milliseconds.
    var latencyInUse: UInt32?
    /// The rate that the user chose, or the default.
    var baudRate: UInt32
    var opening: Opening
}
