/// The completion script of a shell: the parser's script, with the commands that may follow `help`.
enum CompletionScript {
    /// - Parameters:
    ///   - script: the script that the parser has made.
    ///   - shell: the name of the shell.
    ///   - commands: the commands that `help` takes.
    static func completing(_ script: String, for shell: String, commands: [String]) -> String {
        switch shell {
        case "bash":
            let start = "_pwtransfer_help() {\n"
            let words = commands.joined(separator: "'$'\\n''")
            return script.replacing(start, with: start + "    __pwtransfer_add_completions -W '\(words)'\n")
        case "zsh":
            return script.replacing(
                "'*:subcommands:'", with: "'1:subcommands:(\(commands.joined(separator: " ")))'")
        case "fish":
            let condition = "__pwtransfer_should_offer_completions_for_positional \"pwtransfer help\" -eq 1"
            // Only an interactive fish knows where the cursor is, but every fish knows what stands before the cursor.
            return script.replacing(
                "(__pwtransfer_tokens -tC)", with: #"(string length -- "$(commandline -ct)")"#)
                + "\ncomplete -c 'pwtransfer' -n '\(condition)' -fa '\(commands.joined(separator: " "))'"
        default: return script
        }
    }
}
