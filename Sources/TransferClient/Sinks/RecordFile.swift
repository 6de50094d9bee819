internal import Glibc
internal import PigweedTransfer
internal import Synchronization
internal import SystemPackage

/// A file that records are appended to as they come. Whatever ends the program, what was appended is there.
public final class RecordFile: Sendable {
    /// The path as the user gave it.
    public let path: String
    private let file: OwnedDescriptor
    private let state = Mutex<FileError?>(nil)

    /// How long a reader may take nothing.
    private static let patience = Duration.seconds(1)
    /// What a pipe takes in one piece once it is said to be writable.
    private static let pieceSize = Int(PIPE_BUF)

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
    public var failure: FileError? { state.withLock { $0 } }

    /// Writes a record at once, if there was no failure before.
    ///
    /// - Parameter bytes: the record.
    /// - Returns: why that was not possible, the first time.
    public func append(_ bytes: [UInt8]) -> FileError? {
        state.withLock { failure in
            guard failure == nil else { return nil }
            do throws(FileError) { try write(bytes.span) } catch { failure = error }
            return failure
        }
    }

    /// A transfer does not wait for a program that reads its record.
    private func write(_ bytes: Span<UInt8>) throws(FileError) {
        let end = MonotonicClock.now + Self.patience
        var wait = DescriptorWait(count: 1)
        var position = 0
        while position < bytes.count {
            wait.set(0, file.rawValue, .write)
            wait.wait(until: end)
            guard wait.isReady(0, for: .write) else {
                guard MonotonicClock.now < end else { throw .stopped(path: path) }
                continue
            }
            let piece = bytes.extracting(position..<min(bytes.count, position + Self.pieceSize))
            let count = piece.withUnsafeBytes { Glibc.write(file.rawValue, $0.baseAddress, $0.count) }
            if count >= 0 {
                position += count
                continue
            }
            let code = Errno(rawValue: errno)
            guard code == .interrupted || code == .wouldBlock else { throw .cannotWrite(path: path, code) }
        }
    }
}
