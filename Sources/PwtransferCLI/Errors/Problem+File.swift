internal import PigweedTokenizer
internal import SerialPort
internal import SystemPackage
internal import TransferClient
internal import WireCapture

extension Problem {
    /// - Parameter option: the option that names the file.
    init(_ error: FileError, option: String) {
        if let limit = Self.limit(behind: error) {
            self.init(.systemLimit, error.description, cause: limit, hint: Self.limitAdvice)
            return
        }
        let (file, folder) = (OptionalValue.joined(option, "FILE"), OptionalValue.joined(option, "FOLDER/"))
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
            case .cannotCreate(_, .noSuchFileOrDirectory): "create the directory first"
            case .targetIsDirectory(let path):
                "name a file: "
                    + OptionalValue.joined(
                        option, ShellWord.quoted((path.hasSuffix("/") ? path : path + "/") + "NAME"))
            case .targetIsLink: "remove the link, or choose another folder with \(folder)"
            case .targetIsForeign: "choose another place with \(file), or have it removed"
            case .targetExists:
                "choose an empty folder with \(folder), or replace what is there with --overwrite"
            case .exchanged: "choose a folder with \(file) that only you may write to"
            case .cannotWrite(_, .noSpace), .cannotWrite(_, .diskQuotaExceeded):
                "free some space, or choose another place with \(file)"
            case .cannotWrite(_, .noSuchFileOrDirectory): "create the directory again; it is gone"
            case .cannotWrite(_, .brokenPipe):
                "see why that program ended, or put the output into a file: \(file)"
            case .cannotCreate, .cannotWrite: "choose another place with \(file)"
            case .targetCannotGoBack: "read into a file, which can begin again: \(file)"
            case .targetIsNoFile: "read without --resume, or name a file: \(file)"
            case .partialFileInUse: "wait until it is done, or choose another place with \(file)"
            case .partialFileDiffers(let path, _): "remove \(path), and read everything"
            case .stopped: "start the program that reads the output, then try again"
            }
        self.init(Self.code(of: error), error.description, cause: Self.cause(of: error), hint: hint)
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
        default: nil
        }
    }

    private static func limit(behind error: FileError) -> String? {
        switch error {
        case .cannotRead(_, let code), .cannotCreate(_, let code), .cannotWrite(_, let code): limit(code)
        default: nil
        }
    }

    private static func code(of error: FileError) -> ErrorCode {
        switch error {
        case .cannotRead, .sourceIsDirectory: .cannotReadInput
        case .sourceChanged: .inputChanged
        case .sourceEmpty: .inputEmpty
        case .sourceCannotGoBack: .inputCannotGoBack
        case .cannotCreate, .targetIsDirectory, .targetIsLink, .targetIsNoFile, .targetIsForeign:
            .cannotCreateOutput
        case .targetExists: .outputExists
        case .exchanged: .outputExchanged
        case .targetCannotGoBack: .outputCannotGoBack
        case .partialFileInUse: .outputInUse
        case .partialFileDiffers: .partialFileDiffers
        case .cannotWrite, .stopped: .cannotWriteOutput
        }
    }

    /// The problem that `decode` cannot read a file to its end.
    init(_ error: CaptureError, name: String) {
        let hint =
            switch error {
            case .unknownFormat: "give --format raw to see the bytes all the same"
            case .tooManyPorts: "put the packets of fewer ports into a file of their own, with Wireshark"
            case .badLine, .badBlock: "what stands before it was printed; record again, or give --format raw"
            }
        self.init(
            .badInput, "\(name) is no capture: \(error)",
            cause: error == .unknownFormat
                ? "it is another file, or the line had another baud rate than the recorder" : nil, hint: hint)
    }

    /// The problem that a token database cannot be used.
    init(_ error: TokenFileError, path: String) {
        let path = DeviceText.visible(path)
        let advice = "give the ELF file from which the firmware was made"
        switch error {
        case .unreadable(let code):
            self.init(
                .tokenDatabase, "cannot read the token database \(path): \(code)",
                hint: "see the name and the permissions: ls -l", status: .noInput)
        case .notAFile:
            self.init(
                .tokenDatabase, "\(path) is no file", cause: "a database is read at several places",
                hint: advice)
        case .noDatabase(let suffix):
            self.init(
                .tokenDatabase, "\(path) has no token database",
                cause: "in a directory, these are the files *\(suffix)")
        case .database(let error):
            let (fault, cause) = Self.text(error)
            self.init(.tokenDatabase, "\(path) \(fault)", cause: cause, hint: advice)
        }
    }

    private static func text(_ error: TokenDatabaseError) -> (fault: String, cause: String) {
        switch error {
        case .unknownFormat:
            ("is no token database", "it is neither an ELF file nor a database as CSV or binary")
        case .truncated: ("is damaged", "it ends before its contents do, or cannot be read to its end")
        case .noTokenSection:
            ("has no tokens", "this ELF file lacks the section .pw_tokenizer.entries; it may be stripped")
        case .damagedEntry(let offset):
            ("is damaged", "in its section .pw_tokenizer.entries there is no entry at offset \(offset)")
        case .tooLarge: ("is too large", "token databases have up to 4 million strings and 256 MiB")
        }
    }
}
