internal import Glibc
internal import SystemPackage

extension DataFile {
    /// A source with the same bytes that has a size and can be read anywhere: the same one, or a copy of the whole stream
    /// in a temporary file without a name.
    ///
    /// - Parameters:
    ///   - source: where the bytes come from.
    ///   - directory: where the temporary file is made.
    public static func rereadable(
        _ source: any ByteSource, spoolingIn directory: String
    ) throws(FileError) -> any ByteSource {
        guard source.size == nil else { return source }
        let spool = try makeSpool(in: directory)
        let spoolName = "a temporary file in \(directory)"
        var buffer = [UInt8](repeating: 0, count: 1 << 16)
        var wait = DescriptorWait(count: 1)
        var end: UInt64 = 0
        while true {
            let result = buffer.withUnsafeMutableBytes { buffer -> Result<SourceBytes, FileError> in
                do throws(FileError) { return .success(try source.read(at: end, into: buffer)) } catch {
                    return .failure(error)
                }
            }
            guard case .bytes(let count, let isLast) = try result.get() else {
                wait.set(0, source.waitDescriptor, .read)
                wait.wait(until: nil)
                continue
            }
            let written = buffer.withUnsafeBytes { buffer -> Result<Void, Errno> in
                let bytes = UnsafeRawBufferPointer(rebasing: buffer.prefix(count))
                do throws(Errno) { return .success(try FileSystem.write(bytes, to: spool.rawValue)) } catch {
                    return .failure(error)
                }
            }
            do throws(Errno) { try written.get() } catch { throw .cannotWrite(path: spoolName, error) }
            end += UInt64(count)
            if isLast { return FileSource(spool, name: source.name, start: 0, end: end) }
        }
    }

    private static func makeSpool(in directory: String) throws(FileError) -> OwnedDescriptor {
        var template = Array("\(directory)/pwtransfer-XXXXXX".utf8CString)
        let descriptor = mkstemp(&template)
        guard descriptor >= 0 else {
            throw .cannotCreate(path: "a temporary file in \(directory)", Errno(rawValue: errno))
        }
        unlink(template)
        _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC)
        return OwnedDescriptor(descriptor, isOwned: true)
    }
}
