internal import ArgumentParser
internal import SerialPort

struct PortsCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "ports", abstract: "Lists the serial ports, the newest last.")

    func run() throws {
        let ports: [SerialPortDescription]
        do throws(SerialPortError) { ports = try SerialPorts.all() } catch { throw Problem(error) }
        guard !ports.isEmpty else {
            Console.note("no serial ports")
            return
        }
        var rows = [["PORT", "ID", "DEVICE", "SERIAL", "DRIVER"]]
        for port in ports {
            rows.append([
                port.path, Self.usbID(of: port), Self.title(of: port), port.serialNumber ?? "-",
                port.driver ?? "-",
            ])
        }
        let widths = rows[0].indices.map { column in rows.map { $0[column].count }.max() ?? 0 }
        for row in rows {
            let cells = zip(row, widths).map { cell, width in
                cell + String(repeating: " ", count: width - cell.count)
            }
            var line = cells.joined(separator: "  ")
            while line.last == " " { line.removeLast() }
            Console.print(line)
        }
    }

    /// What kind of device it is, in words.
    static func title(of port: SerialPortDescription) -> String {
        var names = [port.vendorName, port.productName].compactMap(\.self)
        if let interface = port.interfaceName, !names.contains(interface) { names.append(interface) }
        return names.isEmpty ? port.driver ?? "unknown device" : names.joined(separator: " ")
    }

    private static func usbID(of port: SerialPortDescription) -> String {
        guard let vendor = port.vendorID, let product = port.productID else { return "-" }
        return [vendor, product].map { number in
            let digits = String(number, radix: 16)
            return String(repeating: "0", count: 4 - digits.count) + digits
        }.joined(separator: ":")
    }
}
