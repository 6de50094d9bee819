import TransferClient

/// A test double throws what the manager would throw.
let failure = TransferError(
    reason: .transfer(.device(.notFound)), report: TransferReport(.read(9), progress: .init(moved: 3)))
precondition(failure.status == .notFound && failure.resource == 9)
let missing = TransferError(
    reason: .file(.cannotRead(path: "/nope", .noSuchFileOrDirectory)),
    report: TransferReport(.write(2, size: nil)))
precondition("\(missing)".contains("cannot read /nope: No such file or directory;"), "\(missing)")

let terminal = try PseudoTerminal()
var loop = TransferLoop(over: terminal, configuration: RPCClient.Configuration())
var settings = TransferSettings()
settings.startTimeout = .milliseconds(1)
settings.retries = 0
let sink = try DataFile.sink(at: "/dev/null")
do throws(TransferError) {
    _ = try loop.read(resource: 3, settings: settings, into: sink)
    preconditionFailure("there is no device")
} catch {
    precondition(error.reason == .transfer(.noAnswer))
}
