internal import CLibrary
internal import CMachine
internal import Machine
internal import SystemPackage

/// A pseudo-terminal that this program serves. A client opens `slavePath`, reads what this program writes, and the
/// other way round.
///
/// The line is raw. Clients may come and go: bytes written while there is none wait for the next, up to a few
/// kilobytes, after which `write` takes no more.
public final class PseudoTerminal: ByteTransport {
    /// The path that clients open, such as `/dev/pts/3`.
    public let slavePath: String

    /// The path of the link to the terminal; `nil` if no link was asked for.
    package var linkPath: String? { link?.path }

    /// The path to give to clients: the link, or without a link the path of the slave.
    public var name: String { linkPath ?? slavePath }

    private let master: StreamDescriptor
    /// The client's side, held open so that the master does not hang up between two clients.
    private let slave: StreamDescriptor
    private let link: SymbolicLink?

    /// Opens a new pseudo-terminal, and makes a symbolic link to it at `linkPath`.
    ///
    /// An existing link is replaced if it leads nowhere, or to this very terminal (left over by a process that was
    /// killed). Anything else at `linkPath` is left alone.
    ///
    /// - Throws: `SerialPortError`: `linkOccupied`, `linkFailed`, `system`.
    public init(linkPath: String? = nil) throws(SerialPortError) {
        var characters = [CChar](repeating: 0, count: 64)
        let result = cmachine_open_pseudo_terminal(&characters, characters.count)
        guard result >= 0 else {
            throw .system(
                operation: "open a pseudo-terminal from", path: "/dev/ptmx", code: Errno(rawValue: -result))
        }
        let bytes = characters.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }
        let path = String(decoding: bytes, as: UTF8.self)
        master = StreamDescriptor(result, kind: .terminal, name: path)

        let descriptor = open(path, O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC)
        guard descriptor != -1 else { throw .naming(path, operation: "open", code: Errno(rawValue: errno)) }
        slave = StreamDescriptor(descriptor, kind: .terminal, name: path)
        do throws(Errno) {
            let settings = try LineSettings(of: descriptor)
            try settings.raw(baudRate: settings.baudRate, flowControl: .none).apply(to: descriptor)
        } catch {
            throw .using(path, operation: "set up", code: error)
        }
        slavePath = path
        link = try linkPath.map { linkPath throws(SerialPortError) in
            try SymbolicLink(at: linkPath, to: path)
        }
    }

    deinit {
        close()
    }

    /// The master's descriptor, to give to `poll(2)`; -1 once closed.
    public var fileDescriptor: Int32 { master.rawValue }

    /// The rate that a client has set, which has no effect on a pseudo-terminal; `nil` if the rate cannot be read.
    package var baudRate: UInt32? {
        do throws(Errno) { return try LineSettings(of: master.rawValue).baudRate } catch { return nil }
    }

    /// Takes bytes that a client wrote. Returns how many were put into `buffer`, 0 if there are none now.
    public func read(into buffer: UnsafeMutableRawBufferPointer) throws(SerialPortError) -> Int {
        try master.read(into: buffer)
    }

    /// Sends bytes to the client. Returns how many were taken, 0 if there is no room now.
    public func write(_ bytes: UnsafeRawBufferPointer) throws(SerialPortError) -> Int {
        try master.write(bytes)
    }

    /// Ends the terminal, which is a hang-up for its client, and removes the link. A second call does nothing.
    public func close() {
        guard let descriptor = master.relinquish() else { return }
        link?.remove()
        slave.close()
        FileSystem.close(descriptor)
    }
}

/// A symbolic link that this program made and removes again.
struct SymbolicLink: Sendable {
    let path: String
    private let target: String

    /// Makes a link, in place of one that leads nowhere or to the same target.
    init(at path: String, to target: String) throws(SerialPortError) {
        self.path = path
        self.target = target
        if symlink(target, path) == 0 { return }
        var code = Errno(rawValue: errno)
        if code == .fileExists {
            guard let existing = FileSystem.linkTarget(path), existing == target || Self.leadsNowhere(path)
            else {
                throw .linkOccupied(path: path)
            }
            if unlink(path) == 0, symlink(target, path) == 0 { return }
            code = Errno(rawValue: errno)
        }
        throw code == .fileExists ? .linkOccupied(path: path) : .linkFailed(path: path, code: code)
    }

    /// Removes the link unless it leads somewhere else now.
    func remove() {
        if FileSystem.linkTarget(path) == target {
            _ = unlink(path)
        }
    }

    private static func leadsNowhere(_ path: String) -> Bool {
        fileStatus(at: path) == nil && errno == ENOENT
    }
}
