internal import CLibrary
internal import PigweedTransfer
internal import SimulatedDevice
internal import SystemPackage
internal import TransferClient

/// A resource of the simulated device that is a file. When the device has accepted a whole write, the new data
/// replace the file.
final class FileResource: ResourceStorage {
    private static let pieceSize: UInt64 = 65536

    private let path: String
    private var source: (any ByteSource)?
    private var sink: (any ByteSink)?
    private var writtenEnd: UInt64 = 0
    let writeLimit: UInt64? = nil

    private let tellsStatus: Bool
    private let keepsInterrupted: Bool

    /// - Parameters:
    ///   - tellsStatus: whether ``status`` is implemented.
    ///   - keepsInterrupted: whether the data of an incomplete write are kept.
    init(path: String, tellsStatus: Bool, keepsInterrupted: Bool) {
        self.path = path
        self.tellsStatus = tellsStatus
        self.keepsInterrupted = keepsInterrupted
    }

    /// The size, and the CRC-32 of the content.
    var status: ResourceStatusResponse? {
        guard tellsStatus else { return nil }
        let size = size ?? 0
        guard let checksum = try? source?.checksums([.crc32], ofFirst: size).first ?? 0 else { return nil }
        return ResourceStatusResponse(size: size, checksum: UInt32(truncatingIfNeeded: checksum))
    }

    /// The size of the file. Opens the file again, since every transfer begins by asking for the size.
    var size: UInt64? {
        source = try? DataFile.source(at: path)
        return source.map { $0.size ?? 0 }
    }

    func read(at offset: UInt64, count: Int, into bytes: inout [UInt8]) throws(StorageError) {
        guard let source, count >= 0 else { throw .failed }
        let start = bytes.count
        bytes.append(contentsOf: repeatElement(0, count: count))
        let filled = bytes.withUnsafeMutableBytes { bytes -> Int? in
            let room = UnsafeMutableRawBufferPointer(rebasing: bytes[start...])
            guard case .bytes(let count, _)? = try? source.read(at: offset, into: room) else { return nil }
            return count
        }
        bytes.removeLast(count - (filled ?? 0))
        if filled == nil { throw .failed }
    }

    func beginWrite(at offset: UInt64) throws(StorageError) {
        guard sink == nil else { throw .busy }
        let kept = offset > 0 ? size ?? 0 : 0
        guard offset <= kept else { throw .outOfRange }
        do throws(FileError) {
            sink = try DataFile.sink(at: path)
            writtenEnd = 0
            try keep(offset)
        } catch {
            abandonWrite()
            throw .failed
        }
    }

    func write(_ bytes: Span<UInt8>, at offset: UInt64) throws(StorageError) {
        guard let sink, offset == writtenEnd else { throw .outOfRange }
        do throws(FileError) { try sink.write(bytes) } catch { throw .full }
        writtenEnd += UInt64(bytes.count)
    }

    func finishWrite() throws(StorageError) {
        guard let sink else { throw .failed }
        defer { forgetWrite() }
        do throws(FileError) { try sink.commit() } catch { throw .failed }
    }

    func delete() throws(StorageError) {
        source = nil
        guard unlink(path) == 0 || errno == ENOENT else { throw .failed }
    }

    func abandonWrite() {
        if keepsInterrupted, let sink {
            // If the data cannot be kept, they are lost, as if the power had failed.
            do throws(FileError) { try sink.commit() } catch { sink.discard() }
        }
        forgetWrite()
    }

    private func forgetWrite() {
        sink?.discard()
        sink = nil
    }

    /// Copies the data before the beginning of a write that continues the file.
    private func keep(_ count: UInt64) throws(FileError) {
        var copied: [UInt8] = []
        while writtenEnd < count {
            copied.removeAll(keepingCapacity: true)
            let piece = Int(min(count - writtenEnd, Self.pieceSize))
            do throws(StorageError) {
                try read(at: writtenEnd, count: piece, into: &copied)
                try write(copied.span, at: writtenEnd)
            } catch {
                throw .cannotWrite(path: path, .ioError)
            }
        }
    }
}
