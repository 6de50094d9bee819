internal import ArgumentParser

/// A command that reports what it does, in the form that the user asked for.
protocol TellingCommand: ParsableCommand {
    var outputStyle: OutputStyle { get }

    /// Does the work of the command. The program calls this method, not the parser's own `run()`.
    func run(telling output: Output) throws(Failure)
}
