internal import SerialPort

/// What was found out about a serial port without sending anything to it.
struct PortFacts: Sendable {
    /// What came of opening the port.
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
    /// The option that means this port, if several could be meant.
    var choice: String?
    /// What kind of device it is, if udev knows it.
    var description: SerialPortDescription?
    /// Whether something exists at the path.
    var isPresent = true
    /// All ports that there are.
    var ports: [SerialPortDescription] = []
    /// Adapters that ought to have a port.
    var adapters: [AdapterWithoutPort] = []
    var access: NodeAccess?
    var holder: PortHolder?
    /// The file that says that a program has the port, whether or not it is to be believed.
    var lockFile: LockFile?
    /// Of which programs the open files could be seen.
    var seenPrograms = SeenPrograms.all
    /// Why a port that exists has no node here, and what to do.
    var notHandedIn: (cause: String, hint: String)?
    /// Whether devices were looked at, which needs `/sys`.
    var seesDevices = true
    var modemManager: PortHolder?
    var brltty: PortHolder?
    /// `nil` if udev does not know the port.
    var surroundings: PortSurroundings?
    /// The FTDI latency timer while the port was open, in milliseconds.
    var latencyInUse: UInt32?
    /// The rate that was asked for.
    var baudRate: UInt32
    var opening: Opening
}
