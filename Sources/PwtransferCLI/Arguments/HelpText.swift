internal import ArgumentParser

/// The help of a command: `--help` leaves out the options that are seldom needed, `--help-all` lists every option.
///
/// The parser has one text for each command. Options are hidden only while the text of `--help` is made, so that
/// completions, manual page and messages know every option.
enum HelpText {
    /// Whether options with the visibility `rare` are left out.
    @TaskLocal fileprivate static var isBrief = false

    /// - Parameter path: the command, after the commands that contain it; empty for the program itself.
    static func text(of path: [any ParsableCommand.Type], in root: RootType, isComplete: Bool = false)
        -> String
    {
        let complete = message(path, root)
        guard !isComplete else { return complete }
        var brief = $isBrief.withValue(true) { message(path, root) }
        // If only few options are visible, the parser lists them all in the usage line. Both texts shall have the
        // short line.
        if let long = usage(brief), let short = usage(complete) { brief.replace(long, with: short) }
        guard brief != complete else { return complete }
        let name = ([Program.name] + path.compactMap { $0.configuration.commandName }).joined(separator: " ")
        return brief + "\nAll options: \(name) \(InformationRequest.completeHelp)"
    }

    private static func usage(_ text: String) -> Substring? {
        text.split(separator: "\n").first { $0.hasPrefix("USAGE: ") }
    }

    private static func message(_ path: [any ParsableCommand.Type], _ root: RootType) -> String {
        OptionalValue.asTyped(root.helpMessage(for: path.last ?? root))
    }
}

extension ArgumentVisibility {
    /// For options that are seldom needed.
    static var rare: ArgumentVisibility { HelpText.isBrief ? .hidden : .default }
}
