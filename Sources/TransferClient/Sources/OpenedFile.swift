internal import CLibrary
internal import SystemPackage

/// A file that data are read from, with its state when it was opened.
struct OpenedFile: Sendable {
    /// The identity, size and times of a file, which differ as soon as somebody writes to the file or replaces it.
    private struct State: Equatable {
        let device: dev_t
        let number: ino_t
        let size: UInt64
        private let modified: [Int]
        private let changed: [Int]

        init(_ status: stat) {
            device = status.st_dev
            number = status.st_ino
            size = UInt64(max(0, status.st_size))
            modified = [status.st_mtim.tv_sec, status.st_mtim.tv_nsec]
            changed = [status.st_ctim.tv_sec, status.st_ctim.tv_nsec]
        }
    }

    let descriptor: OwnedDescriptor
    /// The name of the file in messages.
    let name: String
    /// The offset in the file at which the data begin; they end at `end`.
    let start: UInt64
    let end: UInt64
    /// The path of the file; `nil` if the file was handed over open, or has no name.
    private let path: String?
    private let state: State

    init(_ descriptor: OwnedDescriptor, name: String, path: String?, status: stat, start: UInt64) {
        self.descriptor = descriptor
        self.name = name
        self.path = path
        state = State(status)
        self.start = start
        end = max(start, state.size)
    }

    /// Makes sure that the path still leads to the same file, and that size and times are the same as when it was
    /// opened.
    func checkUnchanged() throws(FileError) {
        let now: State
        let named: State?
        do throws(Errno) {
            now = State(try FileSystem.status(of: descriptor.rawValue))
            named =
                try path.map { path throws(Errno) in
                    try FileSystem.status(of: path).map(State.init)
                } ?? now
        } catch {
            throw .cannotRead(path: name, error)
        }
        guard now.size == state.size else {
            throw .sourceChanged(path: name, .size(from: state.size, to: now.size))
        }
        guard named?.device == now.device, named?.number == now.number else {
            throw .sourceChanged(path: name, .replaced)
        }
        guard now == state else { throw .sourceChanged(path: name, .content) }
    }
}
