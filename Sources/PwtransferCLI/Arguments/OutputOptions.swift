internal import ArgumentParser

/// What is told while a command runs.
struct OutputOptions: ParsableArguments {
    @Flag(name: .shortAndLong, help: "Tell nothing but errors.")
    var quiet = false

    @Flag(help: "Show on standard error what the firmware prints between frames or as log text.")
    var deviceOutput = false
}
