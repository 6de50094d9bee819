internal import ArgumentParser
internal import CBuild
internal import FoundationEssentials
internal import Glibc
internal import TransferClient

/// The program: its name and version, and what happens from start to exit.
public enum Program {
    static let name = "pwtransfer"
    /// The one place of the version; `Scripts/package` asks the binary.
    static let version = "0.1.0"

    /// The version, and what the binary was built from.
    static var versionText: String {
        guard let commit = build_commit() else { return "\(version) (development build)" }
        return "\(version) (commit \(String(cString: commit)))"
    }

    /// Parses the arguments of the process, runs the command and exits.
    public static func run() -> Never {
        StandardStreams.occupy()
        // Writing to a pipe without reader, or beyond the file size limit, is an error with a message, not a death.
        signal(SIGPIPE, SIG_IGN)
        signal(SIGXFSZ, SIG_IGN)
        let arguments = OptionalValue.completing(CommandLine.arguments.dropFirst())
        let environment = ProcessInfo.processInfo.environment
        let output: Output
        let problem: Problem?
        do throws(Problem) {
            try checkArguments()
            let configuration = try Configuration.load(for: arguments, environment: environment)
            (output, problem) = Configuration.$current.withValue(configuration) {
                run(arguments, in: configuration)
            }
        } catch {
            var style = OutputStyle(guessedFrom: arguments, in: Configuration())
            style.isJSON = style.isJSON || Configuration.asksForJSON(style.command, environment)
            output = Output(style)
            problem = error
        }
        output.conclude(problem)
        exit(problem, isOnOutput: output.isJSON || problem?.isTold ?? false)
    }

    /// Exits, also with a problem if not everything could be written that was asked for.
    ///
    /// - Parameter isOnOutput: whether the problem was told on standard output.
    private static func exit(_ problem: Problem?, isOnOutput: Bool) -> Never {
        if let failure = Console.outputFailure, problem == nil || isOnOutput {
            let problem = problem ?? .outputFailed(failure)
            Console.report(problem, Palette(choice: .auto))
            Glibc.exit(problem.status.rawValue)
        }
        Glibc.exit((problem?.status ?? .done).rawValue)
    }

    private static func run(
        _ arguments: [String], in configuration: Configuration
    ) -> (Output, Problem?) {
        let guess = OutputStyle(guessedFrom: arguments, in: configuration)
        do {
            var command = try configuration.parse(arguments)
            guard let telling = command as? any TellingCommand else {
                let output = Output(OutputStyle(command: guess.command))
                return (output, problem(arguments) { try command.run() })
            }
            let output = Output(telling.outputStyle)
            return (output, problem(arguments) { try telling.run(telling: output) })
        } catch let problem as Problem {
            return (Output(guess), problem)
        } catch {
            let problem = usageProblem(error, arguments)
            return (Output(guess), problem)
        }
    }

    /// Why a command failed, if it did.
    private static func problem(_ arguments: [String], _ run: () throws -> Void) -> Problem? {
        do {
            try run()
            return nil
        } catch let problem as Problem {
            return problem
        } catch {
            return usageProblem(error, arguments)
        }
    }

    /// Prints what was asked for, such as help, and exits; otherwise the command line makes no sense.
    private static func usageProblem(_ error: any Error, _ arguments: [String]) -> Problem {
        guard RootCommand.exitCode(for: error) != .success else {
            Console.print(RootCommand.fullMessage(for: error))
            exit(nil, isOnOutput: true)
        }
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
        version: Program.versionText,
        subcommands: [
            ReadCommand.self, WriteCommand.self, ListCommand.self, RemoveCommand.self, StatusCommand.self,
            PortsCommand.self, DoctorCommand.self, SimulateCommand.self, DecodeCommand.self,
            ConfigCommand.self,
        ])
}
