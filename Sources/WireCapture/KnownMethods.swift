internal import PigweedFileSystem
internal import PigweedRPC
internal import PigweedTransfer

/// The names of Pigweed's own services and methods; packets carry only their hashes.
enum KnownMethods {
    private static let names: [Method: String] = {
        let methods: [(service: String, methods: [String])] = [
            (TransferService.name, ["Read", "Write", "GetResourceStatus"]),
            ("pw.file.FileSystem", ["List", "Delete"]),
            (LogService.name, ["Listen", "SetFilter", "GetFilter", "ListFilterIds"]),
            (DeviceService.name, ["Reboot", "Crash"]),
            ("pw.rpc.EchoService", ["Echo"]),
        ]
        var names: [Method: String] = [:]
        for (service, methodNames) in methods {
            let short = service.split(separator: ".").last.map(String.init) ?? service
            for name in methodNames { names[Method(service: service, method: name)] = "\(short).\(name)" }
        }
        return names
    }()

    /// The name of a method, such as `Transfer.Read`; its hashes if the method is not known.
    static func name(of method: Method) -> String {
        if let name = names[method] { return name }
        return Hexadecimal.text(UInt64(method.service), digits: 8) + "."
            + Hexadecimal.text(UInt64(method.method), digits: 8)
    }

    /// The form of the messages of a method; it has no fields if the method is not known.
    static func form(of method: Method, fromServer: Bool) -> MessageForm {
        switch method {
        case TransferService.getResourceStatus: resourceStatus
        case FileSystemService.list: fromServer ? fileList : path
        case FileSystemService.delete: fromServer ? MessageForm() : path
        case LogService.listen: fromServer ? logEntries : MessageForm()
        default: MessageForm()
        }
    }

    /// `GetResourceStatus`'s request and response (`pw_transfer/transfer.proto`).
    private static let resourceStatus = MessageForm([
        1: .init("resource"), 2: .init("status", .status), 3: .init("writeable_offset"),
        4: .init("readable_offset"), 5: .init("write_checksum"), 6: .init("read_checksum"),
    ])

    /// `LogEntries`, which has any number of `LogEntry` (`pw_log/log.proto`).
    private static let logEntries = MessageForm([
        1: .init("entries", .message(logEntry)), 2: .init("first_entry_sequence_id"),
    ])
    private static let logEntry = MessageForm([
        1: .init("message"), 2: .init("line_level"), 3: .init("flags"), 4: .init("timestamp"),
        5: .init("time_since_last_entry"), 6: .init("dropped"), 7: .init("module"), 8: .init("file"),
        9: .init("thread"),
    ])

    /// `ListRequest` and `DeleteRequest` (`pw_file/file.proto`).
    private static let path = MessageForm([1: .init("path", .text)])

    /// `ListResponse`, which has any number of `Path` (`pw_file/file.proto`).
    private static let fileList = MessageForm([1: .init("paths", .message(file))])
    private static let file = MessageForm([
        1: .init("path", .text), 2: .init("permissions", .permissions), 3: .init("size_bytes"),
        4: .init("file_id"),
    ])
}
