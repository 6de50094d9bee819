internal import SerialPort

/// Texts about ports, and about what happens with them.
enum PortText {
    /// The kind of device that the port belongs to.
    static func title(of port: SerialPortDescription) -> String {
        var names = [port.vendorName, port.productName].compactMap(\.self)
        if let interface = port.interfaceName, !names.contains(interface) { names.append(interface) }
        let title = names.isEmpty ? port.driver ?? "unknown device" : names.joined(separator: " ")
        return port.isModem ? "\(title), a modem" : title
    }

    /// A line for each port, with the option that selects this port alone.
    static func choices(_ ports: [SerialPortDescription], among all: [SerialPortDescription]) -> String {
        ports.map { "\n    " + choice($0, among: all) }.joined()
    }

    /// The option that selects this port alone among `all`, and what kind of device it is.
    static func choice(_ port: SerialPortDescription, among all: [SerialPortDescription]) -> String {
        let selector = port.selector(among: all)
        let node = selector.kind == .node(port.path) ? "" : "\(port.path), "
        return "--port \(ShellWord.quoted(selector.description))  (\(node)\(title(of: port)))"
    }

    /// Why ports cannot be used whose nodes this container does not have, and what to do; `nil` if there are none.
    static func notHandedIn(_ ports: [SerialPortDescription]) -> (cause: String, hint: String)? {
        if ports.isEmpty { return nil }
        return (
            "no node here, as in a container that has only what was handed in: "
                + ports.map { "\($0.path) (\(title(of: $0)))" }.joined(separator: ", "),
            "hand it in:" + ports.map { " docker run --device \($0.path)" }.joined(separator: ", or")
        )
    }

    /// The text for news while a port is being opened. ``CommandEvent/Note/opening(_:)`` is the kind of note.
    static func sentence(_ news: PortRequest.News) -> String {
        switch news {
        case .found(let port): "using \(port.path) (\(title(of: port)))"
        case .watchingNodes:
            "udev does not run here: /dev is watched instead, and ports are looked for twice a second"
        case .waiting(let reason): "waiting for \(reason)"
        case .notGranted(let address, let setting): "\(address) does not set \(setting); it is used as it is"
        }
    }
}

extension CommandEvent.Note {
    /// The kind of note for news while a port is being opened.
    static func opening(_ news: PortRequest.News) -> CommandEvent.Note {
        switch news {
        case .found: .portChosen
        case .watchingNodes: .notLookedAt
        case .waiting(let reason):
            switch reason.kind {
            case .absence: .waitingForPort
            case .permission: .waitingForPermission
            case .busy, .turnedAway: .waitingForOtherProgram
            case .noAnswer: .waitingForConnection
            }
        case .notGranted: .settingRefused
        }
    }
}
