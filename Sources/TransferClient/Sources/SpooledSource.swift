internal import CLibrary
internal import SystemPackage

extension DataFile {
    /// A source with the same bytes that has a size and can be read anywhere: the source itself, or a copy of the whole
    /// stream in a temporary file without a name.
    ///
    /// - Parameters:
    ///   - source: the source of the bytes.
    ///   - directory: the directory for the temporary file.
    package static func rereadable(
        _ source: any ByteSource, spoolingIn directory: String
    ) throws(FileError) -> any ByteSource {
        guard source.size == nil else { return source }
        let spool = try makeSpool(in: directory)
        var buffer = [UInt8](repeating: 0, count: 1 << 16)
        var end: UInt64 = 0
        while true {
            let result = try buffer.filling(buffer.count) { room throws(FileError) in
                try source.read(at: end, into: room)
            }
            guard case .bytes(let count, let isLast) = result else {
                _ = DescriptorWait.isReady(source.waitDescriptor, for: .read, until: nil)
                continue
            }
            do throws(Errno) {
                try FileSystem.write(buffer.span.extracting(0..<count), to: spool.rawValue)
            } catch {
                throw .cannotWrite(path: spoolName(in: directory), error)
            }
            end += UInt64(count)
            guard isLast else { continue }
            do throws(Errno) {
                let status = try FileSystem.status(of: spool.rawValue)
                return FileSource(OpenedFile(spool, name: source.name, path: nil, status: status, start: 0))
            } catch {
                throw .cannotRead(path: spoolName(in: directory), error)
            }
        }
    }

    private static func makeSpool(in directory: String) throws(FileError) -> OwnedDescriptor {
        do throws(Errno) {
            let folder = OwnedDescriptor(
                try FileSystem.open(directory, O_RDONLY | O_DIRECTORY), isOwned: true)
            let (place, file) = try FilePlace(folder: folder, name: "").makeTemporary(
                prefix: "pwtransfer-", suffix: "", mode: 0o600)
            place.remove()
            return file
        } catch {
            throw .cannotCreate(path: spoolName(in: directory), error)
        }
    }

    /// The name of the temporary file in messages.
    private static func spoolName(in directory: String) -> String { "a temporary file in \(directory)" }
}
