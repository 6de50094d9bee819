internal import FoundationEssentials
internal import SerialPort

/// The lines of `ports --json`.
enum PortRecord {
    private struct Start: Encodable {
        let schema = 1
        let type = "start"
        let command = "ports"
    }

    private struct Port: Encodable {
        let type: String
        let node: String
        let selector: String
        let byId: String?
        let byPath: String?
        let idPath: String?
        let usb: Bool
        let vendorId: String?
        let productId: String?
        let vendor: String?
        let product: String?
        let serialNumber: String?
        let interface: UInt8?
        let interfaceName: String?
        let driver: String?
        let ageSeconds: Double?
    }

    private struct Failure: Encodable {
        let message: String
        let hint: String?
    }

    private struct Result: Encodable {
        let type = "result"
        let exitCode: Int32
        let error: Failure?
    }

    /// The first line.
    static func start() throws(Problem) -> String { try line(Start()) }

    /// A port; `type` says whether it is there or what happened to it.
    static func port(
        _ port: SerialPortDescription, type: String, among ports: [SerialPortDescription]
    ) throws(Problem) -> String {
        try line(
            Port(
                type: type, node: port.path, selector: port.selector(among: ports).description,
                byId: port.byIDPath, byPath: port.byPathPath, idPath: port.location, usb: port.isUSB,
                vendorId: port.vendorID.map(USBNumber.text), productId: port.productID.map(USBNumber.text),
                vendor: port.vendorName, product: port.productName, serialNumber: port.serialNumber,
                interface: port.interfaceNumber, interfaceName: port.interfaceName, driver: port.driver,
                ageSeconds: port.age.map { ($0 / .milliseconds(1)).rounded() / 1000 }))
    }

    /// The last line.
    static func result(_ status: ExitStatus, problem: Problem? = nil) throws(Problem) -> String {
        try line(
            Result(
                exitCode: status.rawValue,
                error: problem.map { Failure(message: $0.message, hint: $0.hint) }))
    }

    private static func line(_ record: some Encodable) throws(Problem) -> String {
        let encoder = JSONEncoder()
        encoder.keyEncodingStrategy = .convertToSnakeCase
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        do { return String(decoding: try encoder.encode(record), as: UTF8.self) } catch {
            throw Problem(status: .internalError, message: "cannot write JSON: \(error)")
        }
    }
}
