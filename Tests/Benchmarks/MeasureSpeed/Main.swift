import ArgumentParser

/// What `Scripts/benchmark` measures inside one process; each command prints one JSON object.
@main
struct MeasureSpeed: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Measures the codecs, a pseudo-terminal's own speed, and the allocations of a transfer.",
        subcommands: [CodecsCommand.self, CeilingCommand.self, AllocationsCommand.self, ReplayCommand.self])
}
