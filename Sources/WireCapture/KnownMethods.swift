internal import PigweedRPC
internal import PigweedTransfer

/// The names of services and methods that Pigweed brings along; packets carry only their hashes.
enum KnownMethods {
    private static let names: [Method: String] = {
        let methods: [(service: String, methods: [String])] = [
            (TransferService.name, ["Read", "Write", "GetResourceStatus"]),
            ("pw.file.FileSystem", ["List", "Delete"]),
            ("pw.log.Logs", ["Listen"]),
            ("pw.rpc.EchoService", ["Echo"]),
        ]
        var names: [Method: String] = [:]
        for (service, methodNames) in methods {
            let short = service.split(separator: ".").last.map(String.init) ?? service
            for name in methodNames { names[Method(service: service, method: name)] = "\(short).\(name)" }
        }
        return names
    }()

    /// Such as `Transfer.Read`; the hashes if the method is not known.
    static func name(of method: Method) -> String {
        if let name = names[method] { return name }
        return Hexadecimal.text(UInt64(method.service), digits: 8) + "."
            + Hexadecimal.text(UInt64(method.method), digits: 8)
    }

    /// The names of the fields of `GetResourceStatus`'s request and response (`pw_transfer/transfer.proto`).
    static let resourceStatusFields: [UInt32: String] = [
        1: "resource", 2: "status", 3: "writeable_offset", 4: "readable_offset", 5: "write_checksum",
        6: "read_checksum",
    ]
}
