internal import CLibrary
internal import PigweedTransfer
internal import Synchronization
internal import SystemPackage

/// A file that records are appended to as they come. Whatever ends the program, what was appended is there.
package final class RecordFile: Sendable {
    /// The path as the user gave it.
    package let path: String
    private let file: OwnedDescriptor
    private let state = Mutex<FileError?>(nil)

    /// How long a reader may take nothing.
    private static let patience = Duration.seconds(1)
    /// What a pipe takes in one piece once it is said to be writable.

    /// Creates the file, in place of the one that is there; anything but a file is written straight.
    package init(_ path: String) throws(FileError) {
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
            file = OwnedDescriptor(try FileTarget.openStraight(path, O_WRONLY), isOwned: true)
        }
    }

    /// A file that could only be emptied.
    private static func openFilled(_ target: FileTarget) throws(FileError) -> OwnedDescriptor {
        do throws(Errno) { return OwnedDescriptor(try target.place.open(O_WRONLY), isOwned: true) } catch {
            throw .cannotCreate(path: target.name, error)
        }
    }

    /// Why the file is not complete, if it is not.
    package var failure: FileError? { state.withLock { $0 } }

    /// Writes a record at once, if there was no failure before.
    ///
    /// - Parameter bytes: the record.
    /// - Returns: why that was not possible, the first time.
    package func append(_ bytes: [UInt8]) -> FileError? {
        state.withLock { failure in
            guard failure == nil else { return nil }
            do throws(FileError) { try write(bytes.span) } catch { failure = error }
            return failure
        }
    }

    /// A transfer does not wait for a program that reads its record.
    private func write(_ bytes: Span<UInt8>) throws(FileError) {
        let end = MonotonicClock.now + Self.patience
        var writer = StreamWriter(file.rawValue)
        let count: Int
        do throws(Errno) { count = try writer.write(bytes, until: end, stop: nil) } catch {
            throw .cannotWrite(path: path, error)
        }
        guard count == bytes.count else { throw .stopped(path: path) }
    }
}
