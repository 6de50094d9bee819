internal import ArgumentParser
internal import Glibc
internal import TransferClient

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
        let arguments = Array(CommandLine.arguments.dropFirst())
        let result: Result<any ParsableCommand, Problem> = parse(arguments)
        let output: Output
        var problem: Problem?
        switch result {
        case .success(let command):
            let style = (command as? any TellingCommand)?.outputStyle
            output = Output(style ?? OutputStyle(guessedFrom: arguments))
            problem = run(command, telling: output)
        case .failure(let usage):
            output = Output(OutputStyle(guessedFrom: arguments))
            problem = usage
        }
        output.conclude(problem)
        if problem == nil, let failure = Console.outputFailure {
            let problem = Problem(.cannotWrite(path: "standard output", failure))
            Console.report(problem, Palette(choice: .auto))
            Glibc.exit(problem.status.rawValue)
        }
        Glibc.exit((problem?.status ?? .done).rawValue)
    }

    private static func parse(_ arguments: [String]) -> Result<any ParsableCommand, Problem> {
        do {
            try checkArguments()
            return .success(try RootCommand.parseAsRoot())
        } catch let problem as Problem {
            return .failure(problem)
        } catch {
            return .failure(usageProblem(error, arguments))
        }
    }

    private static func run(_ command: any ParsableCommand, telling output: Output) -> Problem? {
        do {
            if let command = command as? any TellingCommand {
                try command.run(telling: output)
            } else {
                var command = command
                try command.run()
            }
            return nil
        } catch let problem as Problem {
            return problem
        } catch {
            return usageProblem(error, Array(CommandLine.arguments.dropFirst()))
        }
    }

    /// Prints what was asked for, such as help, and exits; otherwise the command line makes no sense.
    private static func usageProblem(_ error: any Error, _ arguments: [String]) -> Problem {
        guard RootCommand.exitCode(for: error) != .success else { RootCommand.exit(withError: error) }
        return Problem(usage: error, arguments: arguments)
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

/// A command that tells what it does, in the form that the user asked for.
protocol TellingCommand: ParsableCommand {
    /// The form.
    var outputStyle: OutputStyle { get }

    /// Does the work. Runs instead of `run()`.
    func run(telling output: Output) throws(Problem)
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
        subcommands: [ReadCommand.self, WriteCommand.self, PortsCommand.self, SimulateCommand.self])
}
