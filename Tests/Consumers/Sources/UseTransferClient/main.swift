import TransferClient

func readIfThere(_ resource: UInt32, of manager: TransferManager) async throws(TransferError) -> [UInt8]? {
    do throws(TransferError) {
        return try await manager.read(resource: resource)
    } catch  where error.status == .notFound {
        return nil
    }
}

func show(_ progress: TransferProgress) async {
    for await report in progress { print(report.progress.moved, "of", report.progress.total ?? 0) }
}

/// A test double throws what the manager would throw.
let failure = TransferError(
    reason: .transfer(.device(.notFound)), report: TransferReport(.read(9), progress: .init(moved: 3)))
precondition(failure.status == .notFound && failure.resource == 9)
let missing = TransferError(
    reason: .file(.cannotRead(path: "/nope", .noSuchFileOrDirectory)),
    report: TransferReport(.write(2, size: nil)))
precondition("\(missing)".contains("cannot read /nope: No such file or directory;"), "\(missing)")

do {
    _ = try await TransferManager("/nowhere", reconnect: .none)
    preconditionFailure("there is no such port")
} catch {
    precondition("\(error)" == "/nowhere: no such device")
}

let terminal = try PseudoTerminal()
var loop = TransferLoop(over: terminal, configuration: RPCClient.Configuration())
var settings = TransferSettings()
settings.startTimeout = .milliseconds(1)
settings.retries = 0
do throws(TransferError) {
    _ = try loop.read(
        resource: 3, settings: settings, into: StreamSink(descriptor: 1, name: "standard output"))
    preconditionFailure("there is no device")
} catch {
    precondition(error.reason == .transfer(.noAnswer))
}
