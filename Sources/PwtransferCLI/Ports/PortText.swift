internal import SerialPort

/// Texts about ports.
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
            "hand it in:"
                + ports.map { " docker run --device \(ShellWord.quoted($0.path))" }.joined(separator: ", or")
        )
    }
}

extension Output {
    /// Reports news while a port is being opened.
    func tell(_ news: PortRequest.News) {
        switch news {
        case .found(let port): note(.portChosen, "using \(port.path) (\(PortText.title(of: port)))")
        case .watchingNodes:
            note(
                .notLookedAt,
                "udev does not run here: /dev is watched instead, and ports are looked for twice a second")
        case .waiting(let reason):
            let kind: CommandEvent.Note =
                switch reason.kind {
                case .absence: .waitingForPort
                case .permission: .waitingForPermission
                case .busy, .turnedAway: .waitingForOtherProgram
                case .noAnswer: .waitingForConnection
                }
            note(kind, "waiting for \(reason)")
        case .notGranted(let address, let setting):
            note(.settingRefused, "\(address) does not set \(setting); it is used as it is")
        }
    }
}
