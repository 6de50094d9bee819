internal import Machine

extension PortSelector {
    /// Whether this selector means the port.
    public func matches(_ port: SerialPortDescription) -> Bool {
        switch kind {
        case .node(let path): port.paths.contains(path)
        case .usb(let vendorID, let productID, let serialNumber, let interface):
            port.vendorID == vendorID && port.productID == productID
                && (serialNumber == nil || port.serialNumber == serialNumber)
                && Self.includes(interface, port)
        case .serialNumber(let suffix, let interface):
            port.serialNumber?.hasSuffix(suffix) == true && Self.includes(interface, port)
        case .location(let location, let interface):
            port.places.contains(location) && Self.includes(interface, port)
        case .network: false
        }
    }

    private static func includes(_ interface: UInt8?, _ port: SerialPortDescription) -> Bool {
        interface == nil || port.interfaceNumber == interface
    }
}

extension SerialPortDescription {
    /// The selector that means this port and no other of `ports`, also after it is plugged in again: by serial number,
    /// otherwise by place, otherwise by node.
    package func selector(among ports: [SerialPortDescription]) -> PortSelector {
        var candidates: [PortSelector] = []
        if isUSB {
            if let vendorID, let productID, let serialNumber {
                for interface in [nil, interfaceNumber] {
                    candidates.append(
                        PortSelector(
                            .usb(
                                vendorID: vendorID, productID: productID, serialNumber: serialNumber,
                                interface: interface)))
                }
            }
            if let location { candidates.append(PortSelector(.location(location, interface: nil))) }
            if let byPathName { candidates.append(PortSelector(.location(byPathName, interface: nil))) }
        }
        let others = ports.filter { $0.systemPath != systemPath }
        return candidates.first { candidate in
            candidate.survivesText && !others.contains(where: candidate.matches)
        } ?? PortSelector(.node(path))
    }
}

extension PortRequest {
    /// A request for the very device that this request has found, under whatever name the device comes back.
    ///
    /// - Parameter path: the node that was opened. The device must still be there, so that its names can be looked up.
    /// - Throws: `SerialPortError.system` if udev cannot be asked.
    package func forSameDevice(openedAs path: String) throws(SerialPortError) -> PortRequest {
        var request = self
        switch selector?.kind {
        case .network: break
        case .serialNumber where !followsPlace: break
        case .node, .usb, .serialNumber, .location, nil:
            let ports = try SerialPorts.all()
            if let port = try SerialPorts.port(atNode: path), port.isUSB,
                ports.contains(where: { $0.path == port.path })
            {
                if followsPlace, let place = port.deviceLocation {
                    request.selector = PortSelector(.location(place, interface: nil))
                    break
                }
                request.selector = port.selector(among: ports)
            } else {
                request.selector = PortSelector(.node(path))
                let isPseudoTerminal = fileStatus(at: path)?.isPseudoTerminal ?? false
                request.staleLink = isPseudoTerminal ? LinkIdentity(at: path) : nil
            }
        }
        return request
    }
}

extension PortSelector {
    /// Whether the selector's text means the same selector. The end of a serial number such as `A#1` is mistaken for an
    /// interface.
    fileprivate var survivesText: Bool {
        do throws(InvalidPortSelector) { return try PortSelector(parsing: description) == self } catch {
            return false
        }
    }
}
