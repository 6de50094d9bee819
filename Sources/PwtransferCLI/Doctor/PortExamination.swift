internal import CLibrary
internal import SerialPort

/// Examines one port of this machine.
struct PortExamination {
    let settings: SerialSettings
    let listening: LineExamination

    /// Everything that can be found out without opening the port.
    func facts(ofNode path: String, among ports: [SerialPortDescription]) throws(SerialPortError) -> PortFacts
    {
        var facts = PortFacts(
            path: path, ports: ports, baudRate: settings.baudRate,
            opening: .notTried(because: "not asked for"))
        facts.access = NodeAccess(ofNode: path)
        // Only `errno` distinguishes a node in a folder that we may not enter from a node that does not exist.
        let isHidden = facts.access == nil && errno == EACCES
        facts.modemManager = PortHolder.programs(named: "ModemManager").first
        facts.brltty = PortHolder.programs(named: "brltty").first
        facts.seenPrograms = !PortHolder.areVisible ? .none : geteuid() == 0 ? .all : .own
        facts.seesDevices = SerialPorts.areVisible
        guard facts.access != nil || isHidden else {
            facts.isPresent = false
            facts.notHandedIn = PortText.notHandedIn(try SerialPorts.withoutNode().filter { $0.path == path })
            facts.adapters = try AdapterWithoutPort.all()
            return facts
        }
        facts.description = try SerialPorts.port(atNode: path)
        facts.holder = PortHolder.ofNode(path)
        facts.lockFile = LockFile(ofNode: path)
        facts.surroundings = try PortSurroundings(ofNode: path)
        return facts
    }

    /// All checks of a port. Opens the port only if that disturbs nobody.
    func diagnosis(ofNode path: String, among ports: [SerialPortDescription]) throws(SerialPortError)
        -> Diagnosis
    {
        var facts = try facts(ofNode: path, among: ports)
        var line: LineFacts?
        if !facts.isPresent {
            facts.opening = .notTried(because: "there is no such port")
        } else if facts.access?.isAllowed != true {
            facts.opening = .notTried(because: "you may not use the port")
        } else if facts.holder != nil {
            facts.opening = .notTried(because: "another program uses the port")
        } else {
            line = open(path, &facts)
        }
        return Self.diagnosis(facts, line)
    }

    /// The checks for these facts. Without facts about the line, its checks count as not made.
    static func diagnosis(_ facts: PortFacts, _ line: LineFacts?) -> Diagnosis {
        var checks = facts.checks
        if let line {
            checks += line.checks
        } else if facts.isPresent {
            checks += [.bytes, .rpc, .service].map { .notChecked($0, because: facts.notOpened) }
        }
        return Diagnosis(port: DeviceText.visible(facts.path), checks: checks)
    }

    /// The checks of a network connection.
    func diagnosis(of endpoint: NetworkEndpoint) -> Diagnosis {
        do throws(SerialPortError) {
            var options = TelnetConnection.Options()
            options.queriesLine = true
            let transport = try endpoint.connect(settings, options)
            defer { transport.close() }
            let baudRate = endpoint.hasLine ? settings.baudRate : nil
            let heard = listening.run(over: transport, baudRate: baudRate)
            // What the server reported in the meantime is included.
            let lineNow = (transport as? TelnetConnection)?.line
            return Diagnosis(
                port: endpoint.description,
                checks: [.ok(.port, "connected to \(endpoint)")]
                    + (lineNow.map { $0.checks(asked: settings.baudRate) } ?? [])
                    + heard.checks)
        } catch {
            return Diagnosis(
                port: endpoint.description, checks: [.unreachable(error, at: endpoint.description)])
        }
    }

    private func open(_ path: String, _ facts: inout PortFacts) -> LineFacts? {
        do throws(SerialPortError) {
            let port = try SerialPort(opening: path, settings: settings)
            defer { port.close() }
            facts.opening = .opened(try port.lineState())
            facts.latencyInUse = try PortSurroundings(ofNode: path)?.latencyTimer
            return listening.run(over: port, baudRate: settings.baudRate)
        } catch {
            facts.opening = .failed(error)
            return nil
        }
    }
}
