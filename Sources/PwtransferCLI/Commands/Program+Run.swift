internal import ArgumentParser
internal import CLibrary
internal import CMachine
internal import FoundationEssentials
internal import TransferClient

/// What the program does from its start to its exit.
extension Program {
    /// Parses the arguments of the process, runs the command and exits.
    public static func run() -> Never {
        occupyMissingStreams()
        // Writing to a pipe without reader, or beyond the file size limit, is an error with a message and does not
        // kill us.
        signal(SIGPIPE, SIG_IGN)
        signal(SIGXFSZ, SIG_IGN)
        let words = words
        let typed = words.map(\.text)
        if let help = InformationRequest.helpText(typed, of: RootCommand.self) {
            Console.print(help)
            exit(nil, isOnOutput: true)
        }
        let arguments = OptionalValue.completing(typed)
        let environment = ProcessInfo.processInfo.environment
        let output: Output
        let problem: Problem?
        do throws(Failure) {
            // A Swift string would silently turn the name of a file that is not UTF-8 into a similar one.
            if let word = words.first(where: { !$0.isValid }) { throw .usage(.notUnicode(word.text)) }
            if let misplaced = OptionalValue.misplaced(in: typed) { throw .usage(.misplacedValue(misplaced)) }
            let configuration = try Configuration.load(
                for: arguments, environment: environment, of: RootCommand.self)
            let simulatedPorts = try SimulatedPorts(environment)
            simulatedPorts?.takePlace()
            (output, problem) = Configuration.$current.withValue(configuration) {
                run(arguments, in: configuration, with: simulatedPorts)
            }
        } catch {
            var style = OutputStyle(guessedFrom: arguments, in: Configuration())
            style.isJSON = style.isJSON || Configuration.asksForJSON(environment)
            output = Output(style)
            problem = Problem(error)
        }
        output.conclude(problem)
        exit(problem, isOnOutput: output.isJSON || problem?.isTold ?? false)
    }

    /// Exits with the status of the problem, if there is one. If standard output could not be written, reports on
    /// standard error what got lost: the problem, or else that the output is incomplete.
    ///
    /// - Parameter isOnOutput: whether the problem was reported on standard output, where it may not have arrived.
    private static func exit(_ problem: Problem?, isOnOutput: Bool) -> Never {
        if let failure = Console.finish(), problem == nil || isOnOutput {
            let problem = problem ?? Problem(failure)
            Console.report(problem, Palette(.auto))
            _ = Console.finish()
            exit(problem.status)
        }
        exit(problem?.status ?? .done)
    }

    private static func exit(_ status: ExitStatus) -> Never {
        SignalWatch.waitIfEnding()
        status.dieBySignal()
        CLibrary.exit(status.rawValue)
    }

    private static func run(
        _ arguments: [String], in configuration: Configuration, with simulatedPorts: SimulatedPorts?
    ) -> (Output, Problem?) {
        let guess = OutputStyle(guessedFrom: arguments, in: configuration)
        var output: Output?
        do {
            var command = try configuration.parse(arguments)
            if let telling = command as? any TellingCommand {
                let own = Output(telling.outputStyle)
                output = own
                simulatedPorts?.report(to: own)
                try telling.run(telling: own)
            } else {
                try command.run()
            }
            return (output ?? Output(guess), nil)
        } catch {
            let problem = problem(error, arguments)
            return (output ?? Output(guess), problem)
        }
    }

    /// The problem for a failure. If the user asked the parser for something, such as help, prints that text and exits.
    private static func problem(_ error: any Error, _ arguments: [String]) -> Problem {
        if let failure = error as? Failure { return Problem(failure) }
        guard RootCommand.exitCode(for: error) == .success else {
            return Problem(.commandLine(UsageComplaint(error, arguments, of: RootCommand.self)))
        }
        guard InformationRequest.isExact(arguments, of: RootCommand.self) else {
            return Problem(.commandLine(UsageComplaint(withoutWork: arguments, of: RootCommand.self)))
        }
        var text = RootCommand.fullMessage(for: error)
        if arguments.first == InformationRequest.completionScript, let shell = arguments.last {
            text = CompletionScript.completing(text, for: shell, commands: RootCommand.subcommandNames)
        }
        Console.print(text)
        exit(nil, isOnOutput: true)
    }

    /// The arguments of the process, and whether each is UTF-8.
    private static var words: [(text: String, isValid: Bool)] {
        (1..<max(1, cmachine_argument_count())).compactMap { index in
            cmachine_argument_word(index).map { (String(cString: $0), String(validatingCString: $0) != nil) }
        }
    }

    /// Opens something in the place of streams that the program was started without, as by `2>&-`.
    ///
    /// Otherwise a port or a file would get the number of a missing stream, and messages would go to the device. The
    /// replacements cannot be used: reading the input and writing the outputs fails.
    private static func occupyMissingStreams() {
        for descriptor in [STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO]
        where fcntl(descriptor, F_GETFD) == -1 && errno == EBADF {
            // `open` takes the lowest free number, which is this one.
            _ = open("/dev/null", descriptor == STDIN_FILENO ? O_WRONLY : O_RDONLY)
        }
    }
}
