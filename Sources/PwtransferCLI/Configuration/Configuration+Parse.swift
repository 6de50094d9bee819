internal import ArgumentParser

extension Configuration {
    /// Parses a command line and what is configured for its command.
    ///
    /// A setting that excludes what counts more, such as `quiet` in a file and `--verbose` on the command line, yields.
    ///
    /// - Throws: what the parser throws, or a `Failure` that names where the value comes from that it does not accept.
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

    /// Of settings that the parser does not accept together with the command line, the one that must yield; none if it is
    /// wrong by itself, or counts as much as what it excludes.
    private func yielding(among culprits: [Setting], _ scan: CommandLineScan) -> Setting? {
        guard culprits.allSatisfy({ complaint(about: $0, in: scan.commands) == nil }) else { return nil }
        // The others are not excluded, but needed.
        let excluding = culprits.filter { culprit in
            message(scan.adding(culprits.filter { $0 != culprit })) == nil
        }
        guard let last = excluding.last, excluding.dropLast().allSatisfy({ rank(of: $0) < rank(of: last) })
        else { return nil }
        return last
    }

    /// The lower, the more it counts.
    private func rank(of setting: Setting) -> Int {
        switch setting.origin {
        case .environment: 0
        case .file(_, _, .some): 1
        case .file(let path, _, nil): 2 + (files.firstIndex { $0.path == path } ?? files.count)
        case .builtIn: .max
        }
    }

    /// What the command line leaves open, for the options of its command; what counts most comes first.
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

    /// The values that the parser does not accept, or that their file must not set, whether or not they count now.
    func problems() throws(Failure) -> [Failure] {
        let sections = files.flatMap { [$0.general] + $0.boards.map(\.section) }
        var problems = files.flatMap(\.mistakes)
        let all = try sections.flatMap(\.settings) + environmentSettings()
        for setting in all {
            if let reason = setting.refusal {
                problems.append(.configuration(.refusedToProject(setting, reason: reason)))
                continue
            }
            let commands = catalog.commands.filter { command in
                setting.command.map { $0 == command.name } ?? !catalog.isStandalone(command.name)
            }
            let complaints = commands.lazy.compactMap { command -> String? in
                // What one value needs may be another value.
                let others = all.filter { $0.command == nil || $0.command == command.name }
                return complaint(about: setting, in: [command]).flatMap { complaint in
                    others.contains { other in
                        other != setting && self.complaint(about: setting, beside: other, in: command) == nil
                    } ? nil : complaint
                }
            }
            if let complaint = complaints.first {
                problems.append(.configuration(.notAccepted(setting, UsageText(complaint), isCheck: true)))
            }
        }
        return problems
    }

    private func environmentSettings() throws(Failure) -> [Setting] {
        var settings: [Setting] = []
        for option in catalog.generalOptions where !Self.isAboutConfiguration(option.key) {
            if let setting = try environmentSetting(option) { settings.append(setting) }
        }
        return settings
    }

    /// The settings that must be there for the parser to say this; none if it says so about the command line alone.
    private func culprits(
        of complaint: String, among settings: [Setting], _ scan: CommandLineScan
    ) -> [Setting] {
        guard message(scan.adding([])) != complaint else { return [] }
        return settings.reversed().reduce(settings) { needed, setting in
            let others = needed.filter { $0 != setting }
            return message(scan.adding(others)) == complaint ? others : needed
        }
    }

    /// What the parser has against a value, whatever else is set; nothing if the command has no such option.
    private func complaint(about setting: Setting, in commands: [OptionCatalog.Command]) -> String? {
        guard let command = commands.last, let line = leastLine(of: command, with: setting.key) else {
            return nil
        }
        let names = commands.dropLast().map(\.name)
        let words = names + line.names
        let rest = Array(repeating: "1", count: line.positionalCount)
        guard let message = self.message(words + setting.arguments + rest),
            message != self.message(words + rest)
        else { return nil }
        return message
    }

    /// The same beside another value of the command.
    private func complaint(
        about setting: Setting, beside other: Setting, in command: OptionCatalog.Command
    ) -> String? {
        guard let line = leastLine(of: command, with: setting.key), command.option(other.key) != nil else {
            return complaint(about: setting, in: [command])
        }
        let rest = Array(repeating: "1", count: line.positionalCount)
        return message(line.names + other.arguments + setting.arguments + rest)
    }

    /// What the parser has against a command line.
    private func message(_ arguments: [String]) -> String? {
        do {
            _ = try catalog.root.parseAsRoot(arguments)
            return nil
        } catch { return catalog.root.message(for: error) }
    }

    /// The command in this one that has an option, and how many words it needs.
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
