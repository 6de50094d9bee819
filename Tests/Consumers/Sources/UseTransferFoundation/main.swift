import Foundation
import TransferFoundation
import TransferManager

let report = TransferReport(.read(9))
let errors: [(any Error, String)] = [
    (TransferFailure.cancelled, "cancelled"),
    (TransferError(reason: .closed, report: report), "the manager was closed"),
    (SerialPortError.notFound(path: "/nowhere"), "/nowhere: no such device"),
    (PortRequestError.stopped, "stopped on request"),
    (FileError.sourceEmpty(path: "x"), "x is empty"),
    (CallError.refused(.notFound), "NOT_FOUND"),
    (ResourceStatusError.senseless, "the answer makes no sense"),
    (DeviceFilesError.isFolder, "the name is that of a folder"),
]
for (error, text) in errors {
    precondition(error.localizedDescription.contains(text), error.localizedDescription)
}
