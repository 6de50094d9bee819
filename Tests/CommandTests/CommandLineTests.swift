internal import Glibc
internal import TestSupport
internal import Testing

/// Command lines with mistakes. The exit code is 0 only if the work was done, or if the line asks for help in an
/// exact form.
@Suite struct CommandLineTests {
    /// How many command lines are tried: a few, or as many as `PWTRANSFER_LINES` says.
    private static let count = getenv("PWTRANSFER_LINES").flatMap { Int(String(cString: $0)) } ?? 150

    /// The words that are inserted anywhere.
    private static let words = [
        "", "-", "--", "---", "x", "-x", "--x", "--x=1", "-h", "-hh", "-vh", "-h=1", "-help", "--help",
        "--help=1",
        "--helpx", "--help-hidden", "help", "-version", "--version", "-channel", "-channel=1", "-chunk-size",
        "-photo.bin", "write", "read", "show", "--json", "-q", "--port", "-o", "--experimental-dump-help",
        "--generate-completion-script", "bash", "0", "-1", "\u{1B}[31m", "=", "--=",
    ]

    /// A board, and a folder for what the commands write.
    private struct Bench {
        let board: Board
        let folder: TemporaryDirectory

        init() throws {
            board = try Board(content: patternBytes(500))
            folder = try TemporaryDirectory()
        }

        /// Command lines without mistakes.
        var lines: [[String]] {
            let port = board.port
            return [
                ["write", "2", "in.bin", "--port", port, "--channel", "1", "--chunk-size", "256"],
                ["write", "2", "in.bin", "--port", port, "--chunk-timeout=2s", "-q"],
                ["read", "3", "-o", "out.bin", "--port", port, "--chunk-size", "256"],
                ["read", "3", "--output", "out.bin", "--port", port, "--json", "--channel", "1"],
                ["config", "show", "--json"], ["ports", "--json"],
                ["doctor", "--port", port, "--listen", "10ms"],
            ]
        }

        func run(_ arguments: [String]) throws -> CommandResult {
            try RunningCommand(
                ["-c", #"cd "$0" && exec "$@""#, folder.path, BuiltProgram.path] + arguments,
                executable: "/bin/sh", environment: ["PWTRANSFER_PORT": board.port]
            ).result()
        }
    }

    @Test func zeroOnlyForWorkOrExactHelp() throws {
        let bench = try Bench()
        var random = SeededGenerator(seed: 15)
        var codes: [Int32: Int] = [:]
        for _ in 0..<Self.count {
            for name in bench.folder.names { unlink(bench.folder.file(name)) }
            let input = (0..<300).map { _ in UInt8.random(in: 0...255, using: &random) }
            try write(input, to: bench.folder.file("in.bin"))
            var line = bench.lines.randomElement(using: &random) ?? []
            for _ in 0..<Int.random(in: 0...3, using: &random) { Self.spoil(&line, &random) }

            let result = try bench.run(line)
            codes[result.exitCode, default: 0] += 1
            // 70 is a bug, and a negative code the signal of a crash.
            #expect(result.exitCode >= 0 && result.exitCode != 70, "\(line): \(result.errors)")
            guard result.exitCode == 0 else { continue }
            #expect(try Self.isDone(line, result, input, bench), "\(line)")
        }
        // Lines that work and lines that do not must both have occurred.
        #expect((codes[0] ?? 0) > 0 && (codes[64] ?? 0) > Self.count / 4, "\(codes)")
    }

    private static func isDone(
        _ line: [String], _ result: CommandResult, _ input: [UInt8], _ bench: Bench
    ) throws -> Bool {
        let isHelp = result.outputText.hasPrefix("OVERVIEW: ")
        if isExactRequest(line) { return isHelp || line.first?.hasPrefix("--") == true }
        if isHelp { return false }
        let device = try contents(of: bench.board.file("flash.bin"))
        switch line.first {
        case "write": return device == input
        case "read":
            let files = bench.folder.names.filter { $0 != "in.bin" }
            return try result.output == device
                || files.contains { try contents(of: bench.folder.file($0)) == device }
        case "config", "ports", "doctor": return !result.output.isEmpty || !result.errors.isEmpty
        default: return false
        }
    }

    /// Whether a line only asks about the program. This does not use the program's own rules.
    private static func isExactRequest(_ line: [String]) -> Bool {
        let commands = [
            "read", "write", "ls", "rm", "status", "monitor", "ports", "doctor", "simulate", "decode",
            "config", "config show", "config check",
        ]
        let text = line.joined(separator: " ")
        return ["-h", "--help", "help", "--version", "--experimental-dump-help"].contains(text)
            || text == "--generate-completion-script bash"
            || commands.contains { ["\($0) -h", "\($0) --help", "help \($0)"].contains(text) }
    }

    /// Makes one mistake.
    private static func spoil(_ line: inout [String], _ random: inout SeededGenerator) {
        let options = line.indices.filter { line[$0].hasPrefix("--") && line[$0].count > 2 }
        let option = options.randomElement(using: &random)
        let place = line.indices.randomElement(using: &random) ?? 0
        switch (Int.random(in: 0..<10, using: &random), option) {
        // One dash is missing, or the last letter, or the name is cut off, or the value is joined, or it is missing.
        case (0, let option?), (1, let option?): line[option].removeFirst()
        case (2, let option?): line[option].removeLast()
        case (3, let option?): line[option] = String(line[option].prefix(5))
        case (4, let option?) where option + 1 < line.count:
            line[option] += ["", "="].randomElement(using: &random) ?? "" + line.remove(at: option + 1)
        case (5, let option?) where option + 1 < line.count: line.remove(at: option + 1)
        case (6, _) where !line.isEmpty: line.remove(at: place)
        case (7, _) where !line.isEmpty: line.insert(line[place], at: place)
        default:
            let end = Int.random(in: 0...line.count, using: &random)
            line.insert(words.randomElement(using: &random) ?? "", at: end)
        }
    }
}
