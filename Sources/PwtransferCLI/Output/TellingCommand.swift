internal import ArgumentParser

/// A command that tells what it does, in the form that the user asked for.
protocol TellingCommand: ParsableCommand {
    /// The form.
    var outputStyle: OutputStyle { get }

    /// Does the work. Runs instead of `run()`.
    func run(telling output: Output) throws(Failure)
}
