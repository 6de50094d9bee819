/// A text that is no port selector.
public struct InvalidPortSelector: Error, Hashable, Sendable {
    /// The text that was given.
    package let text: String

    /// The form that the text should have, such as `usb:VID:PID[:SERIAL]`.
    package let expected: String
}

extension InvalidPortSelector: CustomStringConvertible {
    /// What is wrong, as one sentence without a full stop.
    public var description: String { "\"\(DeviceText.visible(text))\" is not of the form \(expected)" }
}

/// A way to say which port is meant.
///
/// If a device has several ports, the number of the USB interface, in decimal after `#`, chooses one of them.
public struct PortSelector: Hashable, Sendable {
    package enum Kind: Hashable, Sendable {
        /// A device node or a link to one, by its path.
        case node(String)

        /// `usb:VID:PID[:SERIAL][#INTERFACE]`: vendor and product in hexadecimal, and the whole serial number.
        case usb(vendorID: UInt16, productID: UInt16, serialNumber: String?, interface: UInt8?)

        /// `serial:SUFFIX[#INTERFACE]`: the end of the serial number.
        case serialNumber(suffix: String, interface: UInt8?)

        /// `path:ID_PATH[#INTERFACE]`: the place where the device is plugged in. It is given as udev's `ID_PATH`, as the
        /// name of the link in `/dev/serial/by-path`, or as `ID_PATH` without the part after the last colon, for all
        /// interfaces.
        case location(String, interface: UInt8?)

        /// A network connection, such as `tcp:HOST:PORT` or `rfc2217://HOST:PORT`.
        case network(NetworkEndpoint)
    }

    package let kind: Kind

    package init(_ kind: Kind) {
        self.kind = kind
    }

    /// A selector from its text. A text without a colon, or with a slash before the first colon, is a path.
    public init(parsing text: String) throws(InvalidPortSelector) {
        guard let colon = text.firstIndex(of: ":"), !text[..<colon].contains("/") else {
            let number = text.uppercased().hasPrefix("COM") ? text.dropFirst(3) : ""
            guard number.isEmpty || !number.allSatisfy(\.isNumber) else {
                throw InvalidPortSelector(text: text, expected: "/dev/ttyACM0, as ports are called on Linux")
            }
            guard !text.isEmpty else { throw InvalidPortSelector(text: text, expected: Self.forms) }
            kind = .node(text)
            return
        }
        let rest = text[text.index(after: colon)...]
        switch text[..<colon] {
        case "usb": kind = try Self.usb(rest, of: text)
        case "serial":
            let (suffix, interface) = Self.splitInterface(rest)
            guard !suffix.isEmpty else {
                throw InvalidPortSelector(text: text, expected: "serial:SUFFIX[#INTERFACE]")
            }
            kind = .serialNumber(suffix: String(suffix), interface: interface)
        case "path":
            let (location, interface) = Self.splitInterface(rest)
            guard !location.isEmpty else {
                throw InvalidPortSelector(text: text, expected: "path:ID_PATH[#INTERFACE]")
            }
            kind = .location(String(location), interface: interface)
        case let scheme:
            if let endpoint = try NetworkEndpoint(scheme: scheme, rest) {
                kind = .network(endpoint)
                return
            }
            guard text.contains("/") else { throw InvalidPortSelector(text: text, expected: Self.forms) }
            kind = .node(text)
        }
    }

    private static let forms =
        "/dev/NODE, usb:VID:PID[:SERIAL], serial:SUFFIX, path:ID_PATH, tcp:HOST[:PORT], rfc2217://HOST:PORT, "
        + "telnet://HOST[:PORT] or unix:PATH"

    private static func usb(_ rest: Substring, of text: String) throws(InvalidPortSelector) -> Kind {
        let (device, interface) = splitInterface(rest)
        let parts = device.split(separator: ":", maxSplits: 2, omittingEmptySubsequences: false)
        guard parts.count >= 2, let vendor = hexadecimal(parts[0]), let product = hexadecimal(parts[1]),
            parts.count == 2 || !parts[2].isEmpty
        else {
            throw InvalidPortSelector(text: text, expected: "usb:VID:PID[:SERIAL][#INTERFACE]")
        }
        return .usb(
            vendorID: vendor, productID: product,
            serialNumber: parts.count > 2 ? String(parts[2]) : nil, interface: interface)
    }

    /// Splits an interface such as `#2` off the end; anything else after a `#` is part of the name.
    private static func splitInterface(_ text: Substring) -> (Substring, UInt8?) {
        guard let mark = text.lastIndex(of: "#") else { return (text, nil) }
        let digits = text[text.index(after: mark)...]
        guard !digits.isEmpty, digits.utf8.allSatisfy({ (0x30...0x39).contains($0) }),
            let interface = UInt8(digits)
        else { return (text, nil) }
        return (text[..<mark], interface)
    }

    private static func hexadecimal(_ text: Substring) -> UInt16? {
        let digits = text.hasPrefix("0x") ? text.dropFirst(2) : text
        guard (1...4).contains(digits.utf8.count), digits.allSatisfy({ $0.isASCII && $0.isHexDigit }) else {
            return nil
        }
        return UInt16(digits, radix: 16)
    }
}

extension PortSelector: CustomStringConvertible {
    /// The text that ``init(parsing:)`` takes.
    public var description: String {
        switch kind {
        case .node(let path): path
        case .usb(let vendorID, let productID, let serialNumber, let interface):
            "usb:\(USBNumber.text(vendorID)):\(USBNumber.text(productID))"
                + (serialNumber.map { ":\($0)" } ?? "") + Self.suffix(interface)
        case .serialNumber(let suffix, let interface): "serial:\(suffix)\(Self.suffix(interface))"
        case .location(let location, let interface): "path:\(location)\(Self.suffix(interface))"
        case .network(let endpoint): endpoint.description
        }
    }

    private static func suffix(_ interface: UInt8?) -> String { interface.map { "#\($0)" } ?? "" }
}

/// Vendor and product numbers of USB.
package enum USBNumber {
    /// The number as four hexadecimal digits.
    package static func text(_ number: UInt16) -> String {
        let digits = String(number, radix: 16)
        return String(repeating: "0", count: 4 - digits.count) + digits
    }
}
