internal import SerialPort

extension PortOptions {
    /// Refuses a file of the command that is a port the command talks over.
    ///
    /// - Parameter files: the options, such as `--capture`, and the paths that they name.
    func checkApart(from files: [(option: String, path: String?)]) throws(Failure) {
        for case (let option, let path?) in files {
            let file = FileIdentity(path)
            guard file.isSpecial, nodes.contains(where: { FileIdentity($0) == file }) else { continue }
            throw .usage(.portAsFile(option: option, path: path))
        }
    }

    /// The nodes of the ports that the user chose, as far as the ports exist.
    private var nodes: [String] {
        let named = ports.compactMap { if case .node(let path) = $0.kind { path } else { nil } }
        if !ports.isEmpty, named.count == ports.count { return named }
        do throws(SerialPortError) {
            let present = try SerialPorts.all()
            return named
                + present.filter { port in
                    ports.isEmpty ? port.isChosenUnnamed : ports.contains { $0.matches(port) }
                }.map(\.path)
        } catch {
            // If udev cannot be asked, opening the port will report that.
            return named
        }
    }
}
