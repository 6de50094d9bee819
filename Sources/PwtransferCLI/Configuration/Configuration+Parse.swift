internal import ArgumentParser

extension Configuration {
    /// Parses a command line together with the settings for its command.
    ///
    /// If a setting excludes something with more precedence, as `quiet` in a file excludes `--verbose` on the command
    /// line, or needs something that is not there, as `resume` needs a file, the setting is left out.
    ///
    /// - Throws: the error of the parser, or a `Failure` that names the origin of a value that the parser does not
    /// accept.
    func parse(_ arguments: [String]) throws -> any ParsableCommand {
        guard let scan = CommandLineScan(arguments, catalog) else {
            return try catalog.root.parseAsRoot(arguments)
        }
        var settings = try settings(for: scan)
        while true {
            do {
                return try catalog.root.parseAsRoot(scan.adding(settings))
            } catch {
                let complaint = catalog.root.message(for: error)
                let culprits = culprits(of: complaint, among: settings, scan)
                guard let yielding = yielding(among: culprits, scan) else {
                    let bad = culprits.first { self.complaint(about: $0, in: scan.commands) != nil }
                    guard let setting = bad ?? culprits.last else { throw error }
                    throw Failure.configuration(.notAccepted(setting, UsageText(complaint), isCheck: false))
                }
                settings.removeAll { $0 == yielding }
            }
        }
    }

    /// The one of these settings to leave out, because the parser does not accept them together with the command
    /// line: the setting with the least precedence. `nil` if a setting is wrong by itself, or if precedence does not
    /// decide.
    private func yielding(among culprits: [Setting], _ scan: CommandLineScan) -> Setting? {
        guard culprits.allSatisfy({ complaint(about: $0, in: scan.commands) == nil }) else { return nil }
        // If the error stays without a setting, other settings need that one rather than exclude it.
        let excluding = culprits.filter { culprit in
            culprits.count == 1 || message(scan.adding(culprits.filter { $0 != culprit })) == nil
        }
        guard let last = excluding.last, excluding.dropLast().allSatisfy({ rank(of: $0) < rank(of: last) })
        else { return nil }
        return last
    }

    /// A lower rank takes precedence over a higher one.
    private func rank(of setting: Setting) -> Int {
        switch setting.origin {
        case .environment: 0
        case .file(_, _, .some): 1
        case .file(let path, _, nil): 2 + (files.firstIndex { $0.path == path } ?? files.count)
        case .builtIn: .max
        }
    }

    /// The settings for options of the command that are not on the command line, sorted by precedence.
    func settings(for scan: CommandLineScan) throws(Failure) -> [Setting] {
        var settings: [Setting] = []
        for option in scan.options where !Self.isAboutConfiguration(option.key) && !scan.gives(option) {
            guard let setting = try setting(option.key, command: scan.commandName) else { continue }
            if let reason = setting.refusal {
                throw .configuration(.refusedToProject(setting, reason: reason))
            }
            settings.append(setting)
        }
        return settings.sorted { rank(of: $0) < rank(of: $1) }
    }

    /// A failure for each value that the parser does not accept or that its file must not set, whether or not the
    /// value is in use. What an option needs beside itself does not count.
    func problems() throws(Failure) -> [Failure] {
        let sections = files.flatMap { [$0.general] + $0.boards.map(\.section) }
        var problems = files.flatMap(\.mistakes)
        let environment = try catalog.generalOptions.filter { !Self.isAboutConfiguration($0.key) }
            .map { option throws(Failure) in try environmentSetting(option) }
        for setting in sections.flatMap(\.settings) + environment.compactMap(\.self) {
            if let reason = setting.refusal {
                problems.append(.configuration(.refusedToProject(setting, reason: reason)))
                continue
            }
            let commands = catalog.commands.filter { command in
                setting.command.map { $0 == command.name } ?? !catalog.isStandalone(command.name)
            }
            let complaints = commands.lazy.compactMap { complaint(about: setting, in: [$0]) }
            if let complaint = complaints.first {
                problems.append(.configuration(.notAccepted(setting, UsageText(complaint), isCheck: true)))
            }
        }
        return problems
    }

    /// The settings without which the parser would not complain like this; none if it complains about the command
    /// line alone.
    private func culprits(
        of complaint: String, among settings: [Setting], _ scan: CommandLineScan
    ) -> [Setting] {
        guard message(scan.adding([])) != complaint else { return [] }
        return settings.reversed().reduce(settings) { needed, setting in
            let others = needed.filter { $0 != setting }
            return message(scan.adding(others)) == complaint ? others : needed
        }
    }

    /// The parser's complaint about a value, whatever else is set; `nil` if the commands have no such option.
    private func complaint(about setting: Setting, in commands: [OptionCatalog.Command]) -> String? {
        guard let command = commands.last, let line = leastLine(of: command, with: setting.key) else {
            return nil
        }
        let names = commands.dropLast().map(\.name)
        let words = names + line.names
        let rest = Array(repeating: "1", count: line.positionalCount)
        return Configuration.$judgesOnlyValues.withValue(true) { () -> String? in
            guard let message = self.message(words + setting.arguments + rest),
                message != self.message(words + rest)
            else { return nil }
            return message
        }
    }

    /// The parser's complaint about a command line.
    private func message(_ arguments: [String]) -> String? {
        do {
            _ = try catalog.root.parseAsRoot(arguments)
            return nil
        } catch { return catalog.root.message(for: error) }
    }

    /// The shortest command line that takes this option, of the command or the first fitting subcommand: the names of
    /// the commands, and how many words must follow.
    private func leastLine(
        of command: OptionCatalog.Command, with key: String
    ) -> (names: [String], positionalCount: Int)? {
        if command.option(key) != nil { return ([command.name], command.positionalCount) }
        for subcommand in command.subcommands {
            if let line = leastLine(of: subcommand, with: key) {
                return ([command.name] + line.names, line.positionalCount)
            }
        }
        return nil
    }
}
