internal import SystemPackage
internal import TransferClient

extension Problem {
    init(_ error: FileError) {
        let hint: String? =
            switch error {
            case .cannotRead(_, .noSuchFileOrDirectory): "check the name of the file"
            case .cannotRead(_, .permissionDenied): "make the file readable for you"
            case .cannotRead: nil
            case .sourceIsDirectory: "name a file, or - for standard input"
            case .sourceShrank: "send the file again when nothing changes it any more"
            case .sourceCannotGoBack: "send it from a file instead of a pipe, or improve the connection"
            case .cannotCreate(_, .permissionDenied), .cannotCreate(_, .readOnlyFileSystem):
                "choose another place with -o FILE"
            case .cannotCreate(_, .noSuchFileOrDirectory): "create the directory first"
            case .cannotCreate: "choose another place with -o FILE"
            case .targetIsDirectory(let path):
                "name a file: -o \(path.hasSuffix("/") ? path : path + "/")NAME"
            case .cannotWrite(_, .noSpace), .cannotWrite(_, .diskQuotaExceeded):
                "free some space, or choose another place with -o FILE"
            case .cannotWrite(_, .noSuchFileOrDirectory): "create the directory again; it is gone"
            case .cannotWrite(_, .brokenPipe):
                "the program that reads the output has ended before the transfer"
            case .cannotWrite, .stopped: nil
            }
        self.init(
            status: error.isOfSource ? .noInput : .cannotWriteOutput, message: error.description, hint: hint)
    }
}
