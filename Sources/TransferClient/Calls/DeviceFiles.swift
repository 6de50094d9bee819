public import PigweedFileSystem
public import PigweedRPC
internal import PigweedTransfer
package import SerialPort

/// The files that a device listed.
public struct DeviceListing: Hashable, Sendable {
    /// The files, in the order of the device.
    public var entries: [FileEntry] = []
    /// The number of messages that could not be decoded.
    package var brokenMessages = 0
    /// Whether frames were damaged meanwhile, so that files may be missing.
    public var isDamaged = false
}

/// The files of a device, by `pw.file.FileSystem`. Nothing is remembered: every call asks the device.
package struct DeviceFiles: ~Copyable {
    package var calls: CallLoop
    private let options: CallLoop.Options
    /// When the time for all calls is over.
    private let end: Instant

    /// The files of the device at an open transport, which stays open.
    ///
    /// - Parameters:
    ///   - transport: the line to the device.
    ///   - configuration: channel and addresses of the device.
    ///   - options: the limits of each call; the deadline is for all calls together, from now on.
    package init(
        over transport: any ByteTransport, configuration: RPCClient.Configuration, options: CallLoop.Options
    ) {
        calls = CallLoop(over: transport, configuration: configuration)
        self.options = options
        end = MonotonicClock.now + options.deadline
    }

    /// The file with this name, or the files in a folder with this name; without a path, all files.
    ///
    /// Pigweed's own service compares whole names only; other firmware may have folders. Both are understood.
    package mutating func list(_ path: String? = nil) throws(DeviceFilesError) -> DeviceListing {
        guard let path, path != "/" else { return try request(nil) }
        do throws(DeviceFilesError) {
            var found = try request(path)
            if !found.entries.isEmpty {
                for index in found.entries.indices { found.entries[index].complete(asListedUnder: path) }
                return found
            }
        } catch {
            guard case .status = error else { throw error }
        }
        var all = try request(nil)
        let names = all.entries.map(\.path)
        let folder = path.hasSuffix("/") ? path : path + "/"
        all.entries.removeAll {
            !$0.path.utf8.elementsEqual(path.utf8) && !$0.path.utf8.starts(with: folder.utf8)
        }
        guard !all.entries.isEmpty else { throw .notFound(known: names) }
        return all
    }

    /// The file with exactly this name.
    package mutating func file(_ path: String) throws(DeviceFilesError) -> FileEntry {
        let listing = try list(path)
        guard let entry = listing.entries.first(where: { $0.path.utf8.elementsEqual(path.utf8) }) else {
            throw .isFolder
        }
        return entry
    }

    /// Deletes a file.
    ///
    /// - Returns: true if the device says that it deleted the file. False if the device does not have it, but an
    ///   earlier request, whose answer was lost, may have deleted it.
    package mutating func delete(_ path: String) throws(DeviceFilesError) -> Bool {
        let reply = try call(FileSystemService.delete, path)
        if reply.status == .notFound, reply.attempt > 1 { return false }
        guard reply.status == .ok else { throw .status(reply.status) }
        return true
    }

    private mutating func request(_ path: String?) throws(DeviceFilesError) -> DeviceListing {
        let reply = try call(FileSystemService.list, path)
        guard reply.status == .ok else { throw .status(reply.status) }
        var listing = DeviceListing(isDamaged: reply.isDamaged)
        for message in reply.messages {
            guard let response = ListResponse(decoding: message.span) else {
                listing.brokenMessages += 1
                continue
            }
            listing.entries += response.entries
            guard listing.entries.count <= options.messageLimit else {
                throw .call(.endless(messages: listing.entries.count))
            }
        }
        guard !listing.entries.isEmpty || listing.brokenMessages == 0 else {
            throw .notUnderstood(messages: listing.brokenMessages)
        }
        return listing
    }

    private mutating func call(_ method: Method, _ path: String?) throws(DeviceFilesError) -> CallReply {
        var options = options
        options.deadline = max(.zero, end - MonotonicClock.now)
        do throws(CallError) {
            return try calls.call(method, request: PathRequest(path: path).bytes, options: options)
        } catch CallError.deadline(_, let messages) {
            throw .call(.deadline(self.options.deadline, messages: messages))
        } catch {
            throw .call(error)
        }
    }
}

/// Why a device does not list its files, or does not delete one.
#if hasAttribute(nonexhaustive)
    @nonexhaustive
#endif
public enum DeviceFilesError: Error, Hashable, Sendable {
    /// There was no reply.
    case call(CallError)
    /// The device replied with this status.
    case status(Status)
    /// None of the messages could be decoded.
    case notUnderstood(messages: Int)
    /// There is no such file; `known` are the files that exist.
    case notFound(known: [String])
    /// The name belongs to a folder.
    case isFolder
    /// The device does not say which resource the file has.
    case noResource
    /// The file has another resource than it had.
    case otherResource
}

extension DeviceFilesError: CustomStringConvertible {
    /// What failed, as one sentence without a full stop.
    public var description: String {
        switch self {
        case .call(let error): "\(error)"
        case .status(let status): "the device answered with \(status)"
        case .notUnderstood(let messages): "none of \(messages) messages from the device makes sense"
        case .notFound(let known): "the device has no such file, of \(known.count) files that it lists"
        case .isFolder: "the name is that of a folder"
        case .noResource: "the device does not say under which resource it has the file"
        case .otherResource: "the file has another resource than before"
        }
    }
}

extension FileEntry {
    /// Makes the path absolute: firmware with folders lists names relative to the folder that was asked for.
    fileprivate mutating func complete(asListedUnder folder: String) {
        guard folder.hasPrefix("/"), !path.hasPrefix("/") else { return }
        if path.isEmpty {
            path = folder
        } else {
            path = (folder.hasSuffix("/") ? folder : folder + "/") + path
        }
    }
}
