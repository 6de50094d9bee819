internal import SystemPackage
internal import TransferClient

extension Problem {
    init(_ error: FileError) {
        let hint: String? =
            switch error {
            case .cannotRead(_, .noSuchFileOrDirectory): "check the name of the file"
            case .cannotRead(_, .permissionDenied): "make the file readable for you"
            case .cannotRead(_, .badFileDescriptor): "name a file, or give standard input: < FILE"
            case .cannotRead(let path, _):
                "see whether it can be read at all: cat \(ShellWord.quoted(path)) >/dev/null"
            case .sourceIsDirectory: "name a file, or - for standard input"
            case .sourceChanged:
                "the device may have a mixture: write it again when nothing changes the file any more"
            case .sourceEmpty: "name another file; an empty resource, on purpose: --allow-empty"
            case .sourceCannotGoBack: "send it from a file instead of a pipe, or improve the connection"
            case .cannotCreate(_, .permissionDenied), .cannotCreate(_, .readOnlyFileSystem):
                "choose another place with -o FILE"
            case .cannotCreate(_, .noSuchFileOrDirectory): "create the directory first"
            case .cannotCreate: "choose another place with -o FILE"
            case .targetIsDirectory(let path):
                "name a file: -o \(path.hasSuffix("/") ? path : path + "/")NAME"
            case .targetIsLink: "remove the link, or choose another folder with -o FOLDER/"
            case .targetIsForeign: "choose another place with -o FILE, or have it removed"
            case .targetExists:
                "choose an empty folder with -o FOLDER/, or replace what is there with --overwrite"
            case .exchanged: "choose a folder with -o FILE that only you may write to"
            case .cannotWrite(_, .noSpace), .cannotWrite(_, .diskQuotaExceeded):
                "free some space, or choose another place with -o FILE"
            case .cannotWrite(_, .noSuchFileOrDirectory): "create the directory again; it is gone"
            case .cannotWrite(_, .brokenPipe):
                "see why that program ended, or put the output into a file: -o FILE"
            case .cannotWrite: "choose another place with -o FILE"
            case .targetCannotGoBack: "read into a file, which can begin again: -o FILE"
            case .targetIsNoFile: "read without --resume, or name a file: -o FILE"
            case .partialFileInUse: "wait until it is done, or choose another place with -o FILE"
            case .partialFileDiffers(let path, _): "remove \(path), and read everything"
            case .stopped: "start the program that reads the output, then try again"
            }
        self.init(
            status: error.isOfSource ? .noInput : .cannotWriteOutput, message: error.description,
            cause: Self.cause(of: error), hint: hint, code: Self.code(of: error))
    }

    /// The same about a file that another option names than `-o`.
    func advising(_ option: String) -> Problem {
        var problem = self
        problem.hint = hint?.replacing("-o ", with: "\(option) ")
        return problem
    }

    /// Standard output took no more of what was asked for.
    static func outputFailed(_ code: Errno) -> Problem {
        Problem(.cannotWrite(path: "standard output", code)).advising(">")
    }

    static func outputNotRead(stoppedBy signal: Int32?) -> Problem {
        let message = "standard output was not read to the end"
        if let signal { return Problem(status: .interrupted(signal: signal), message: message) }
        return Problem(
            status: .temporary, message: message, cause: "whoever reads it took nothing until the deadline",
            hint: "give more time: --deadline; or read faster", code: "output_not_read")
    }

    private static func cause(of error: FileError) -> String? {
        switch error {
        case .sourceChanged: "another program, such as a build or a copy, wrote to it meanwhile"
        case .sourceEmpty: "the program or the copy that should have filled it may have failed"
        case .sourceCannotGoBack: "the line lost data, and what was sent of a pipe is kept only for a while"
        case .targetIsLink: "what a device names must not be written through links, which may lead anywhere"
        case .targetIsForeign: "everybody who may write to the folder could have put it there to mislead"
        case .targetExists: "a device names these files, so none of yours is replaced unasked"
        case .cannotWrite(_, .brokenPipe): "the program that reads the output has ended"
        case .cannotWrite(_, .fileTooLarge): "the file system, or ulimit -f, allows no larger file"
        case .cannotWrite(_, .badFileDescriptor): "it was closed or not open for writing"
        case .stopped: "nothing took the output"
        case .cannotRead(_, let code), .cannotCreate(_, let code), .cannotWrite(_, let code): limit(code)
        default: nil
        }
    }

    private static func code(of error: FileError) -> String {
        switch error {
        case .cannotRead, .sourceIsDirectory: "cannot_read_input"
        case .sourceChanged: "input_changed"
        case .sourceEmpty: "input_empty"
        case .sourceCannotGoBack: "input_cannot_go_back"
        case .cannotCreate, .targetIsDirectory, .targetIsLink, .targetIsNoFile, .targetIsForeign:
            "cannot_create_output"
        case .targetExists: "output_exists"
        case .exchanged: "output_exchanged"
        case .targetCannotGoBack: "output_cannot_go_back"
        case .partialFileInUse: "output_in_use"
        case .partialFileDiffers: Problem.partialFileDiffers
        case .cannotWrite, .stopped: "cannot_write_output"
        }
    }
}
