internal import CLibrary
internal import FoundationEssentials
internal import Machine
internal import PigweedTokenizer
internal import SerialPort
internal import SystemPackage

extension LogOptions {
    private static let folderSuffix = ".pw_tokenizer.csv"

    /// The strings of all databases.
    func loadTokens(telling output: Output) throws(Problem) -> TokenDatabase {
        var builder = TokenDatabaseBuilder()
        for path in tokenDatabases {
            for file in try Self.files(at: path) { try Self.add(file, to: &builder, telling: output) }
        }
        let database = builder.build()
        if !tokenDatabases.isEmpty {
            output.tell(.log(.info, "token databases: \(database.count) strings"))
        }
        return database
    }

    /// The file itself, or the databases of a directory.
    private static func files(at path: String) throws(Problem) -> [String] {
        var status = stat()
        guard stat(path, &status) == 0 else { throw unreadable(path, Errno(rawValue: errno)) }
        guard status.st_mode & S_IFMT == S_IFDIR else { return [path] }
        let names: [String]
        do { names = try FileManager.default.contentsOfDirectory(atPath: path) } catch {
            throw unreadable(path, .permissionDenied)
        }
        let files = names.filter { $0.hasSuffix(folderSuffix) }.sorted()
        guard !files.isEmpty else {
            throw Problem(
                status: .badInput, message: "\(visible(path)) has no token database",
                cause: "in a directory, these are the files *\(folderSuffix)", code: "token_database")
        }
        return files.map { "\(path)/\($0)" }
    }

    private static func add(
        _ path: String, to builder: inout TokenDatabaseBuilder, telling output: Output
    ) throws(Problem) {
        let descriptor: Int32
        // A pipe without a writer would wait for ever; it has no place to read from either.
        do throws(Errno) { descriptor = try FileSystem.open(path, O_RDONLY | O_NONBLOCK | O_NOCTTY) } catch {
            throw unreadable(path, error)
        }
        defer { FileSystem.close(descriptor) }
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { throw unreadable(path, Errno(rawValue: errno)) }
        guard status.st_mode & S_IFMT == S_IFREG else {
            throw refusal(of: path, "is no file", "a database is read at several places")
        }
        do throws(TokenDatabaseError) {
            let skipped = try builder.add(fileOf: UInt64(status.st_size)) { read($0, of: descriptor) }
            if skipped > 0 {
                output.tell(
                    .note(.databaseRowsSkipped, "\(path): \(skipped) rows are no entries and were left out"))
            }
        } catch {
            let (fault, cause) = text(error)
            throw refusal(of: path, fault, cause)
        }
    }

    /// A part of a file; `nil` if it cannot be read, and less if the file ends before.
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

    private static func text(_ error: TokenDatabaseError) -> (fault: String, cause: String) {
        switch error {
        case .unknownFormat:
            ("is no token database", "it is neither an ELF file nor a database as CSV or binary")
        case .truncated: ("is damaged", "it ends before its contents do, or cannot be read to its end")
        case .noTokenSection:
            ("has no tokens", "this ELF file lacks the section .pw_tokenizer.entries; it may be stripped")
        case .damagedEntry(let offset):
            ("is damaged", "in its section .pw_tokenizer.entries there is no entry at offset \(offset)")
        case .tooLarge: ("is too large", "token databases have up to 4 million strings and 256 MiB")
        }
    }

    private static func refusal(of path: String, _ fault: String, _ cause: String) -> Problem {
        Problem(
            status: .badInput, message: "\(visible(path)) \(fault)", cause: cause,
            hint: "give the ELF file from which the firmware was made", code: "token_database")
    }

    private static func unreadable(_ path: String, _ code: Errno) -> Problem {
        Problem(
            status: .noInput, message: "cannot read the token database \(visible(path)): \(code)",
            hint: "see the name and the permissions: ls -l", code: "token_database")
    }

    private static func visible(_ path: String) -> String { DeviceText.visible(path) }
}
