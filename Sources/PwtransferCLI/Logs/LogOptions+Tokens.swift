internal import CLibrary
internal import Machine
internal import PigweedTokenizer
internal import SerialPort
internal import SystemPackage

extension LogOptions {
    private static let folderSuffix = ".pw_tokenizer.csv"

    /// The strings of all databases.
    func loadTokens(telling output: Output) throws(Failure) -> TokenDatabase {
        var builder = TokenDatabaseBuilder()
        for path in tokenDatabases {
            for file in try Self.files(at: path) { try Self.add(file, to: &builder, telling: output) }
        }
        let database = builder.build()
        if !tokenDatabases.isEmpty {
            output.log(.info, "token databases: \(database.count) strings")
        }
        return database
    }

    /// The path itself, or the paths of the databases in a directory.
    private static func files(at path: String) throws(Failure) -> [String] {
        guard let status = fileStatus(at: path) else {
            throw .tokens(.unreadable(Errno(rawValue: errno)), path: path)
        }
        guard status.isDirectory else { return [path] }
        guard let folder = opendir(path) else {
            throw .tokens(.unreadable(Errno(rawValue: errno)), path: path)
        }
        defer { closedir(folder) }
        let files = FileSystem.names(in: folder).filter { $0.hasSuffix(folderSuffix) }.sorted()
        guard !files.isEmpty else { throw .tokens(.noDatabase(suffix: folderSuffix), path: path) }
        return files.map { "\(path)/\($0)" }
    }

    private static func add(
        _ path: String, to builder: inout TokenDatabaseBuilder, telling output: Output
    ) throws(Failure) {
        let descriptor: Int32
        // Without O_NONBLOCK, opening a pipe without a writer would wait for ever. The file type is checked below.
        do throws(Errno) { descriptor = try FileSystem.open(path, O_RDONLY | O_NONBLOCK | O_NOCTTY) } catch {
            throw .tokens(.unreadable(error), path: path)
        }
        defer { FileSystem.close(descriptor) }
        guard let status = fileStatus(of: descriptor) else {
            throw .tokens(.unreadable(Errno(rawValue: errno)), path: path)
        }
        guard status.isRegularFile else { throw .tokens(.notAFile, path: path) }
        do throws(TokenDatabaseError) {
            let skipped = try builder.add(fileOf: UInt64(status.st_size)) { read($0, of: descriptor) }
            if skipped > 0 {
                output.note(.databaseRowsSkipped, "\(path): \(skipped) rows are no entries and were left out")
            }
        } catch {
            throw .tokens(.database(error), path: path)
        }
    }

    /// A part of a file, which is shorter if the file ends early; `nil` if the file cannot be read.
    private static func read(_ range: Range<UInt64>, of descriptor: Int32) -> [UInt8]? {
        var bytes = [UInt8](repeating: 0, count: range.count)
        do throws(Errno) {
            let count = try bytes.filling(range.count) { room throws(Errno) in
                try FileSystem.read(from: descriptor, at: range.lowerBound, into: room)
            }
            return Array(bytes.prefix(count))
        } catch {
            return nil
        }
    }
}
