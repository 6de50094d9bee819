internal import SerialPort

extension PortOptions {
    /// Makes sure that no file of the command is a port that it talks over.
    ///
    /// - Parameter files: what they are for, such as `--capture`, and their paths.
    func checkApart(from files: [(option: String, path: String?)]) throws(Failure) {
        for case (let option, let path?) in files {
            let file = FileIdentity(path)
            guard file.isSpecial, nodes.contains(where: { FileIdentity($0) == file }) else { continue }
            throw .usage(.portAsFile(option: option, path: path))
        }
    }

    /// The nodes of the ports that were asked for, as far as they are there.
    private var nodes: [String] {
        let named = ports.compactMap { if case .node(let path) = $0 { path } else { nil } }
        if !ports.isEmpty, named.count == ports.count { return named }
        do throws(SerialPortError) {
            let present = try SerialPorts.all()
            return named
                + present.filter { port in
                    ports.isEmpty ? port.isChosenUnnamed : ports.contains { $0.matches(port) }
                }.map(\.path)
        } catch {
            // Whoever opens the port says that udev cannot be asked.
            return named
        }
    }
}
