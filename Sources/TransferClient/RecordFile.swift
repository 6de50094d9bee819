internal import Glibc
internal import Synchronization
internal import SystemPackage

/// A file that records are appended to as they come. Whatever ends the program, what was appended is there.
public final class RecordFile: Sendable {
    /// The path as the user gave it.
    public let path: String
    private let file: OwnedDescriptor
    private let state = Mutex<FileError?>(nil)

    /// Creates the file, in place of the one that is there; anything but a file is written straight.
    public init(_ path: String) throws(FileError) {
        self.path = path
        if let target = try FileTarget.find(path) {
            let (temporary, descriptor) = try target.makeTemporary()
            let new = OwnedDescriptor(descriptor, isOwned: true)
            do throws(FileError) {
                file = try target.take(temporary, descriptor) ? new : Self.openFilled(target)
            } catch {
                temporary.remove()
                throw error
            }
        } else {
            // It was opened so that a FIFO without a reader holds nothing up; what reads slowly may.
            file = OwnedDescriptor(try FileTarget.openStraight(path, O_WRONLY), isOwned: true)
            _ = fcntl(file.rawValue, F_SETFL, fcntl(file.rawValue, F_GETFL) & ~O_NONBLOCK)
        }
    }

    /// A file that could only be emptied.
    private static func openFilled(_ target: FileTarget) throws(FileError) -> OwnedDescriptor {
        do throws(Errno) { return OwnedDescriptor(try target.place.open(O_WRONLY), isOwned: true) } catch {
            throw .cannotCreate(path: target.name, error)
        }
    }

    /// Why the file is not complete, if it is not.
    public var failure: FileError? { state.withLock { $0 } }

    /// Writes a record at once, if there was no failure before.
    ///
    /// - Parameter bytes: the record.
    /// - Returns: why that was not possible, the first time.
    public func append(_ bytes: [UInt8]) -> FileError? {
        state.withLock { failure in
            guard failure == nil else { return nil }
            do throws(Errno) { try FileSystem.write(bytes, to: file.rawValue) } catch {
                failure = .cannotWrite(path: path, error)
            }
            return failure
        }
    }
}
