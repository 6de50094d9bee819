internal import CLibrary
internal import SystemPackage

/// A file that appears, or replaces the old one, only when it is complete.
///
/// The data go to a temporary file in the same directory. ``commit()`` renames it; ``discard()``, or the end of the
/// object's life without a commit, removes it. An existing target keeps its permissions. A symbolic link stays, and the
/// file that it names is replaced.
package final class FileSink: ByteSink {
    /// The path as the user gave it.
    package var name: String { target.name }

    private let target: FileTarget
    private let temporary: FilePlace
    private var file: OwnedDescriptor?
    /// The bytes that are written next. They are collected, since chunks are too small for a system call each.
    private var pending: [UInt8] = []

    private static let pendingLimit = 1 << 16

    /// Creates the temporary file, so that a target that cannot be written is found before anything is transferred.
    package convenience init(path: String) throws(FileError) {
        guard let target = try FileTarget.find(path) else { throw .targetIsNoFile(path: path) }
        try self.init(target)
    }

    init(_ target: FileTarget) throws(FileError) {
        self.target = target
        (temporary, file) = try target.makeTemporary()
        TemporaryFiles.add(temporary)
    }

    deinit {
        discard()
    }

    /// Appends to the temporary file, 64 KiB at a time.
    package func write(_ bytes: Span<UInt8>) throws(FileError) {
        bytes.withUnsafeBufferPointer { pending.append(contentsOf: $0) }
        if pending.count >= Self.pendingLimit { try flush() }
    }

    /// Waits until the data are on the disk.
    package func synchronize() throws(FileError) {
        try flush()
        try attempt { descriptor throws(Errno) in try FileSystem.synchronize(descriptor) }
    }

    /// Empties the temporary file.
    package func restart() throws(FileError) {
        pending.removeAll(keepingCapacity: true)
        try attempt { descriptor throws(Errno) in
            guard ftruncate(descriptor, 0) == 0, lseek(descriptor, 0, SEEK_SET) == 0 else {
                throw Errno(rawValue: errno)
            }
        }
    }

    /// Gives the file its name, and waits until the name is on the disk, too.
    package func commit() throws(FileError) {
        try synchronize()
        guard let descriptor = file?.rawValue else { throw .cannotWrite(path: name, .badFileDescriptor) }
        try target.take(temporary, descriptor)
        TemporaryFiles.remove(temporary)
        file = nil
        target.place.synchronizeNames()
    }

    /// Removes the temporary file.
    package func discard() {
        guard file != nil else { return }
        file = nil
        temporary.remove()
        TemporaryFiles.remove(temporary)
    }

    private func flush() throws(FileError) {
        guard !pending.isEmpty else { return }
        try attempt { [pending] descriptor throws(Errno) in
            try FileSystem.write(pending.span, to: descriptor)
        }
        pending.removeAll(keepingCapacity: true)
    }

    private func attempt(_ body: (Int32) throws(Errno) -> Void) throws(FileError) {
        guard let file else { throw .cannotWrite(path: name, .badFileDescriptor) }
        do throws(Errno) { try body(file.rawValue) } catch { throw .cannotWrite(path: name, error) }
    }
}
