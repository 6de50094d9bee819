public import SystemPackage

/// Why a file, pipe or standard stream could not be used.
#if hasAttribute(nonexhaustive)
    @nonexhaustive
#endif
public enum FileError: Error, Hashable, Sendable {
    /// The source cannot be opened or read.
    case cannotRead(path: String, Errno)
    /// The source is a directory.
    case sourceIsDirectory(path: String)
    /// The source has changed since it was opened.
    case sourceChanged(path: String, SourceChange)
    /// The source has no data, which is probably a mistake.
    case sourceEmpty(path: String)
    /// The device asks once more for bytes of a pipe that are no longer kept.
    case sourceCannotGoBack(path: String, to: UInt64, kept: UInt64)
    /// The target cannot be created or opened.
    case cannotCreate(path: String, Errno)
    /// The target is a directory.
    case targetIsDirectory(path: String)
    /// The target, in a folder whose files are named by a device, is a symbolic link.
    case targetIsLink(path: String)
    /// Another user owns the file or link at the target's path, in a folder that several users may write to.
    case targetIsForeign(path: String)
    /// The target, in a folder whose files are named by a device, exists, and is not to be replaced.
    case targetExists(path: String)
    /// Another program put something else in the place of the target or of its temporary file.
    case exchanged(path: String)
    /// Data cannot be written to the target, or not synchronized to its disk.
    case cannotWrite(path: String, Errno)
    /// The data would come again from the start, but a stream cannot take back data that it has passed on.
    case targetCannotGoBack(path: String, written: UInt64)
    /// The target is no file, and only a file can be continued later.
    case targetIsNoFile(path: String)
    /// Another process reads into the same partial file.
    case partialFileInUse(path: String)
    /// The data of the device differ from the partial file, at this offset in the file.
    case partialFileDiffers(path: String, offset: UInt64)
    /// The user asked to stop while the target took no data.
    case stopped(path: String)
}

/// How a file that was being sent has changed.
public struct SourceChange: Hashable, Sendable, CustomStringConvertible {
    /// The change, as a sentence about the file.
    public let description: String

    package static let content = SourceChange(description: "it was written to")
    package static let replaced = SourceChange(description: "another file has its name now, or none")

    package static func size(from before: UInt64, to after: UInt64) -> SourceChange {
        SourceChange(description: "it had \(before) bytes and now ends after \(after)")
    }
}

extension FileError: CustomStringConvertible {
    /// What failed, as one sentence without a full stop.
    public var description: String {
        switch self {
        case .cannotRead(let path, let code): "cannot read \(path): \(code)"
        case .sourceIsDirectory(let path): "cannot read \(path): it is a directory"
        case .sourceChanged(let path, let change): "\(path) changed while it was being sent: \(change)"
        case .sourceEmpty(let path): "\(path) is empty"
        case .sourceCannotGoBack(let path, let position, let kept):
            "the device asks for \(path) again from byte \(position), but of a pipe only bytes from \(kept) on are kept"
        case .cannotCreate(let path, let code): "cannot create \(path): \(code)"
        case .targetIsDirectory(let path): "cannot write \(path): it is a directory"
        case .targetIsLink(let path): "cannot write \(path): a symbolic link of this name is there"
        case .targetIsForeign(let path): "cannot write \(path): what has this name there is another user's"
        case .targetExists(let path): "\(path) is there already"
        case .exchanged(let path):
            "\(path) is not what was read: another program has put something in its place"
        case .cannotWrite(let path, let code): "cannot write \(path): \(code)"
        case .targetCannotGoBack(let path, let written):
            "\(path) has taken \(written) bytes already, which cannot be taken back"
        case .targetIsNoFile(let path): "cannot resume into \(path): it is no file"
        case .partialFileInUse(let path): "cannot write \(path): another process reads into it"
        case .partialFileDiffers(let path, let offset):
            "\(path), read earlier, is not what the device has now, as byte \(offset) shows"
        case .stopped(let path): "stopped while \(path) took no data"
        }
    }

    /// Whether the error is about the file that data come from.
    package var isOfSource: Bool {
        switch self {
        case .cannotRead, .sourceIsDirectory, .sourceChanged, .sourceEmpty, .sourceCannotGoBack: true
        case .cannotCreate, .targetIsDirectory, .targetIsLink, .targetIsForeign, .targetExists, .exchanged,
            .cannotWrite, .targetCannotGoBack,
            .targetIsNoFile, .partialFileInUse, .partialFileDiffers, .stopped:
            false
        }
    }
}
