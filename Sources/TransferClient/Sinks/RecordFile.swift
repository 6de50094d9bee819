internal import CLibrary
internal import PigweedTransfer
internal import Synchronization
internal import SystemPackage

/// A file to which records are appended as they come. What was appended is in the file, whatever ends the program.
package final class RecordFile: Sendable {
    /// The path as the user gave it.
    package let path: String
    private let file: OwnedDescriptor
    private let state = Mutex<FileError?>(nil)

    /// How long a write waits for a reader.
    private static let patience = Duration.seconds(1)

    /// Creates the file, or replaces the existing one; anything other than a file is opened for writing.
    package init(_ path: String) throws(FileError) {
        self.path = path
        if let target = try FileTarget.find(path) {
            let (temporary, new) = try target.makeTemporary()
            do throws(FileError) {
                file = try target.take(temporary, new.rawValue) ? new : Self.openFilled(target)
            } catch {
                temporary.remove()
                throw error
            }
        } else {
            file = try FileTarget.openStraight(path, O_WRONLY)
        }
    }

    /// Opens the target itself, which got the content of the new file because the new file could not get its name.
    private static func openFilled(_ target: FileTarget) throws(FileError) -> OwnedDescriptor {
        do throws(Errno) { return try target.place.open(O_WRONLY) } catch {
            throw .cannotCreate(path: target.name, error)
        }
    }

    /// Why the file is not complete; `nil` if it is.
    package var failure: FileError? { state.withLock { $0 } }

    /// Writes a record at once, if there was no failure before.
    ///
    /// - Parameter bytes: the record.
    /// - Returns: the failure, the first time that there is one.
    package func append(_ bytes: [UInt8]) -> FileError? {
        state.withLock { failure in
            guard failure == nil else { return nil }
            do throws(FileError) { try write(bytes.span) } catch { failure = error }
            return failure
        }
    }

    /// Writes all bytes, and waits at most ``patience``: a transfer must not wait for a program that reads its record.
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
