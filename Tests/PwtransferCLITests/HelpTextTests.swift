internal import ArgumentParser
internal import TestSupport
internal import Testing

@testable internal import PwtransferCLI
@testable internal import TransferClient

@Suite struct HelpTextTests {
    private static func help(_ arguments: String...) -> String {
        InformationRequest.helpText(arguments, of: RootCommand.self) ?? ""
    }

    @Test func everydayOptionsAreAPartOfAll() throws {
        for command in ["read", "write"] {
            let brief = Self.help(command, "--help")
            let complete = Self.help(command, "--help-all")
            #expect(brief == Self.help(command, "-h") && brief == Self.help("help", command))
            for option in ["--port", "--wait[=<time>]", "--reconnect[=<time>]", "--deadline", "--json"] {
                #expect(brief.contains("  \(option)") && complete.contains("  \(option)"), "\(option)")
            }
            for option in ["--lifetime-retries", "--trace[=<file>]", "--config", "--progress"] {
                #expect(!brief.contains("  \(option)") && complete.contains("  \(option)"), "\(option)")
            }
            #expect(brief.hasSuffix("\nAll options: pwtransfer \(command) --help-all"))
            #expect(!complete.contains("All options"))
            let examples = try #require(brief.firstRange(of: "Examples:\n  pwtransfer \(command) "))
            let options = try #require(brief.firstRange(of: "OPTIONS:"))
            #expect(examples.lowerBound < options.lowerBound)
        }
    }

    /// The parser's description of itself has all options. Completions, manual page and configuration are made from it.
    @Test func nothingElseLeavesOptionsOut() throws {
        _ = Self.help("read", "--help")
        let catalog = try OptionCatalog(of: RootCommand.self)
        let read = try #require(catalog.commands.first { $0.name == "read" })
        #expect(read.option("lifetime-retries") != nil)
        #expect(RootCommand.completionScript(for: .bash).contains("--lifetime-retries"))
    }

    /// Only the commands and their options come into the manual by themselves.
    @Test func theManualNamesWhatAReadLeaves() throws {
        let root = "\(#filePath)".split(separator: "/").dropLast(3).map { "/" + $0 }.joined()
        let manual = String(decoding: try contents(of: "\(root)/Packaging/pwtransfer.1.in"), as: UTF8.self)
        #expect(manual.contains(".TARGET.*\(AbandonedFiles.suffix)\n"))
        #expect(manual.contains("FILE.part , FILE.part.json\n"))
    }

    @Test(arguments: [
        ["read", "3", "--help"], ["read", "--help", "--help-all"], ["help", "3"], ["--help-all", "read"], [],
    ])
    func otherLinesAskForNoHelp(_ arguments: [String]) {
        #expect(InformationRequest.helpText(arguments, of: RootCommand.self) == nil)
    }

    /// The completion scripts of the parser are changed at certain texts, which another version of the parser may not
    /// have.
    @Test(arguments: ["bash", "zsh", "fish"])
    func shellsCompleteHelp(_ shell: String) throws {
        let kind = try #require(CompletionShell(rawValue: shell))
        let script = RootCommand.completionScript(for: kind)
        let completed = CompletionScript.completing(script, for: shell, commands: ["read", "write"])
        #expect(completed != script)
        #expect(!script.contains("_pwtransfer_help() {\n    __pwtransfer_add"))
    }
}
