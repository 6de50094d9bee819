internal import SerialPort

/// An event of `ports --json` about a port.
struct PortEvent: JSONEvent {
    /// `port` for a port that is there, or what has happened to the port.
    let type: String
    let node: String
    let selector: String
    let byId: String?
    let byPath: String?
    let idPath: String?
    let usb: Bool
    let modem: Bool?
    let vendorId: String?
    let productId: String?
    let vendor: String?
    let product: String?
    let serialNumber: String?
    let interface: UInt8?
    let interfaceName: String?
    let driver: String?
    let ageSeconds: Double?

    init(_ port: SerialPortDescription, type: String, among ports: [SerialPortDescription]) {
        self.type = type
        node = port.path
        selector = port.selector(among: ports).description
        byId = port.byIDPath
        byPath = port.byPathPath
        idPath = port.location
        usb = port.isUSB
        modem = port.isModem ? true : nil
        vendorId = port.vendorID.map(USBNumber.text)
        productId = port.productID.map(USBNumber.text)
        vendor = port.vendorName
        product = port.productName
        serialNumber = port.serialNumber
        interface = port.interfaceNumber
        interfaceName = port.interfaceName
        driver = port.driver
        ageSeconds = port.age.map(JSONEvents.seconds)
    }
}
