internal import ArgumentParser

extension Configuration {
    /// Parses a command line and what is configured for its command.
    ///
    /// - Throws: what the parser throws, or a `Problem` that names where the value comes from that it does not accept.
    func parse(_ arguments: [String]) throws -> any ParsableCommand {
        guard let scan = CommandLineScan(arguments, catalog) else {
            return try RootCommand.parseAsRoot(arguments)
        }
        let settings = try settings(for: scan)
        do {
            return try RootCommand.parseAsRoot(scan.adding(settings))
        } catch {
            guard let setting = Self.culprit(of: error, among: settings, scan) else { throw error }
            throw Problem(
                status: .configuration, message: "\(setting.origin): \(RootCommand.message(for: error))",
                hint: "correct it there, or give --\(setting.key) on the command line")
        }
    }

    /// What the command line leaves open, for the options of its command.
    func settings(for scan: CommandLineScan) throws(Problem) -> [Setting] {
        var settings: [Setting] = []
        for option in scan.options where !Self.isAboutConfiguration(option.key) && !scan.gives(option) {
            if let setting = try setting(option.key, command: scan.commandName) { settings.append(setting) }
        }
        return settings
    }

    /// The values that the parser does not accept, whether or not they count now.
    func problems() throws(Problem) -> [Problem] {
        let sections = files.flatMap { [$0.general] + $0.boards.map(\.section) }
        var problems: [Problem] = []
        for setting in try sections.flatMap(\.settings) + environmentSettings() {
            for command in catalog.commands
            where setting.command.map({ $0 == command.name }) ?? !catalog.isStandalone(command.name) {
                guard let line = Self.leastLine(of: command, with: setting.key),
                    let scan = CommandLineScan(line, catalog),
                    let message = Self.message(scan.adding([setting])), message != Self.message(line)
                else { continue }
                problems.append(
                    Problem(status: .configuration, message: "\(setting.origin): \(message)"))
                break
            }
        }
        return problems
    }

    private func environmentSettings() throws(Problem) -> [Setting] {
        var settings: [Setting] = []
        for option in catalog.generalOptions where !Self.isAboutConfiguration(option.key) {
            if let setting = try environmentSetting(option, command: nil) { settings.append(setting) }
        }
        for command in catalog.commands {
            for option in command.allOptions where !Self.isAboutConfiguration(option.key) {
                if let setting = try environmentSetting(option, command: command.name) {
                    settings.append(setting)
                }
            }
        }
        return settings
    }

    /// The first setting with which the parser says what it says about all of them; none if the command line is to blame.
    private static func culprit(
        of error: any Error, among settings: [Setting], _ scan: CommandLineScan
    ) -> Setting? {
        let complaint = RootCommand.message(for: error)
        guard RootCommand.exitCode(for: error) != .success, message(scan.adding([])) != complaint else {
            return nil
        }
        let count = (1...max(1, settings.count)).first {
            message(scan.adding(settings.prefix($0))) == complaint
        }
        return count.flatMap { $0 <= settings.count ? settings[$0 - 1] : nil }
    }

    /// What the parser has against a command line.
    private static func message(_ arguments: [String]) -> String? {
        do {
            _ = try RootCommand.parseAsRoot(arguments)
            return nil
        } catch { return RootCommand.message(for: error) }
    }

    /// A line with what the command needs, and nothing else.
    private static func leastLine(of command: OptionCatalog.Command, with key: String) -> [String]? {
        if command.option(key) != nil {
            return [command.name] + Array(repeating: "1", count: command.positionalCount)
        }
        for subcommand in command.subcommands {
            if let line = leastLine(of: subcommand, with: key) { return [command.name] + line }
        }
        return nil
    }
}
