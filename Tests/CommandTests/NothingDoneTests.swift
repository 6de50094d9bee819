internal import Glibc
internal import TestSupport
internal import Testing

/// A command line that neither asks for work, nor asks for help in an exact form, ends with 64.
@Suite struct NothingDoneTests {
    @Test(arguments: [
        ([], "a command is missing"),
        (["config"], "pwtransfer: config: a command is missing\n  cause: it is one of show, check\n"),
        (
            ["write", "2", "IN", "-channel", "1"],
            "there is no option -channel\n  cause: did you mean --channel?"
        ),
        (["write", "2", "IN", "-chunk-size=64"], "cause: did you mean --chunk-size?"),
        (["write", "2", "-photo.bin"], "there is no option -photo.bin\n  cause: a name that begins"),
        (["write", "2", "IN", "--help"], "--help is not alone on the command line"),
        (["write", "2", "IN", "-h"], "-h is not alone"), (["-h", "write"], "-h is not alone"),
        (["--help", "--help"], "--help is not alone"), (["-help"], "there is no option -help"),
        (["write", "2", "IN", "--version"], "--version is not alone"), (["--version", "2"], "is not alone"),
        (["write", "2", "IN", "--help-hidden"], "asks for help and for something else"),
        (["help", "wriet"], "there is no command wriet\n  cause: did you mean write?"),
        (["help", "write", "2"], "2 is no command"),
        (["read", "3", "-timeout", "5"], "there is no option -timeout"),
        (["write", "2", "IN", "-verify"], "there is no option -verify\n  cause: did you mean --verify?"),
        (["config", "show", "help"], ""), (["write", "--experimental-dump-help"], ""),
        (["--generate-completion-script"], ""), (["--generate-completion-script=bash", "x"], ""),
        (["write", "2", "IN", "--generate-completion-script", "bash"], ""),
    ])
    func endsWithUsage(arguments: [String], text: String) throws {
        let board = try Board()
        try write([1, 2, 3], to: board.file("in.bin"))
        let words = arguments.map { $0 == "IN" ? board.file("in.bin") : $0 }
        let result = try RunningCommand(
            words, environment: ["PWTRANSFER_PORT": board.port]
        ).result()
        #expect(result.exitCode == 64, "\(arguments): \(result.outputText)")
        #expect(result.errors.hasPrefix("pwtransfer: ") && result.errors.contains(text), "\(result.errors)")
        #expect(result.output.isEmpty)
    }

    @Test(arguments: [["--json"], ["config", "--json"], ["write", "2", "x", "-chunk-size", "64", "--json"]])
    func endsWithAResult(arguments: [String]) throws {
        let result = try RunningCommand(arguments).result()
        #expect(result.exitCode == 64)
        let last = result.outputText.split(separator: "\n").last ?? ""
        #expect(last.contains(#""type":"result""#) && last.contains(#""exit_code":64"#), "\(last)")
    }

    @Test(arguments: [
        ["-h"], ["--help"], ["help"], ["help", "write"], ["help", "config", "show"], ["write", "-h"],
        ["config", "show", "--help"], ["--version"],
    ])
    func exactRequestsAreAnswered(arguments: [String]) throws {
        let result = try RunningCommand(arguments).result()
        #expect(result.exitCode == 0)
        #expect(result.errors.isEmpty)
        #expect(!result.output.isEmpty)
    }

    /// Without /proc, Swift itself finds no arguments. Without /sys and /run, udev knows no devices.
    @Test(arguments: ["/proc", "/sys", "/run", "/proc /sys /run"])
    func worksWithoutTheFolder(folders: String) throws {
        let board = try Board(content: [0])
        try write([1, 2, 3], to: board.file("in.bin"))
        let mounts = folders.split(separator: " ").map { "mount -t tmpfs none \($0) || exit 99; " }.joined()
        let command =
            #""$0" write 2 "$1/in.bin" --port "$1/board" && "$0" read 3 --port "$1/board" -o "$1/out.bin""#
        let result = try RunningCommand(
            ["-m", "sh", "-c", mounts + command, BuiltProgram.path, board.directory.path],
            executable: "unshare"
        ).result()
        // Some containers may not do this.
        if result.errors.contains("unshare failed") || result.exitCode == 99 { return }
        #expect(result.exitCode == 0, "\(result.errors)")
        for name in ["flash.bin", "out.bin"] { #expect(try contents(of: board.file(name)) == [1, 2, 3]) }
        let isSaid = result.errors.contains("there is no /proc")
        #expect(isSaid == folders.contains("/proc"), "\(result.errors)")
    }
}
