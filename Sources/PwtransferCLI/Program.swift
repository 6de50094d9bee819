internal import ArgumentParser
internal import FoundationEssentials
internal import Glibc

/// The program: its name and version, and what happens from start to exit.
public enum Program {
    static let name = "pwtransfer"
    static let version = "0.1.0"

    /// Parses the arguments of the process, runs the command and exits.
    public static func run() -> Never {
        StandardStreams.occupy()
        // Writing to a pipe without reader, or beyond the file size limit, is an error with a message, not a death.
        signal(SIGPIPE, SIG_IGN)
        signal(SIGXFSZ, SIG_IGN)
        do {
            try checkArguments()
            let arguments = WaitLimit.completing(CommandLine.arguments.dropFirst())
            let environment = ProcessInfo.processInfo.environment
            let configuration = try Configuration.load(for: arguments, environment: environment)
            try Configuration.$current.withValue(configuration) {
                var command = try configuration.parse(arguments)
                try command.run()
            }
            Glibc.exit(ExitStatus.done.rawValue)
        } catch let problem as Problem {
            Console.report(problem)
            Glibc.exit(problem.status.rawValue)
        } catch {
            RootCommand.exit(withError: error)
        }
    }

    /// Strings of Swift are Unicode: another name of a file would silently become a similar one.
    private static func checkArguments() throws(Problem) {
        for index in 1..<max(1, Int(CommandLine.argc)) {
            guard let argument = CommandLine.unsafeArgv[index] else { continue }
            guard String(validatingCString: argument) != nil else {
                throw Problem(
                    status: .usage, message: "\(String(cString: argument)): not UTF-8",
                    hint: "name the file by a link, or rename it")
            }
        }
    }
}

struct RootCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: Program.name,
        abstract: "Moves data to and from microcontrollers that run Google Pigweed.",
        discussion: """
            Resources of the device are read and written with pw_transfer, over pw_rpc and HDLC, on a serial port or a \
            TCP connection.
            """,
        version: Program.version,
        subcommands: [
            ReadCommand.self, WriteCommand.self, PortsCommand.self, SimulateCommand.self, ConfigCommand.self,
        ])
}
