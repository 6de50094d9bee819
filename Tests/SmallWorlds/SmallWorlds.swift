internal import ArgumentParser
internal import PigweedTransfer
internal import Swarm

/// Runs all small worlds of the chosen families. Prints those that show a mistake, and how to replay them.
@main
struct SmallWorlds: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Every way in which a short transfer can lose frames, and more: not drawn, but all of them."
    )

    @Option(
        help:
            "Only worlds of this family: \(SmallWorldFamily.allCases.map(\.rawValue).joined(separator: ", "))."
    )
    var family: String?

    @Option(help: "Only worlds of this direction: read or write.")
    var direction: String?

    @Option(help: "The most chunks of a transfer.")
    var chunks = 8

    @Option(help: "The most chunks of a transfer in which two frames suffer any fate.")
    var pairChunks = 2

    @Option(help: "The most frames that get lost.")
    var losses = 3

    @Option(help: "How many worlds to run at a time.")
    var jobs = 2

    @Option(help: "Only this world, as a failure prints it.")
    var world: String?

    @Flag(help: "Print every frame of the world.")
    var trace = false

    @Option(help: "How many failures are printed of each family.")
    var printLimit = 20

    func run() async throws {
        if let world { return try replay(world) }
        var failures = 0
        for family in SmallWorldFamily.allCases where self.family.map({ $0 == family.rawValue }) ?? true {
            let clock = ContinuousClock()
            let start = clock.now
            let tally = await tally(of: family)
            for failure in tally.failures.prefix(printLimit) { print(failure) }
            let hidden = tally.failures.count - printLimit
            if hidden > 0 { print("and \(hidden) more") }
            print("\(family.rawValue): \(tally.summary), in \(Self.seconds(clock.now - start)) s")
            print(tally.longestTransfers)
            failures += tally.failures.count
        }
        guard failures == 0 else { throw ExitCode.failure }
    }

    private func replay(_ text: String) throws {
        guard let world = SmallWorld(parsing: text) else { throw ValidationError("no world: \(text)") }
        let printer: @Sendable (String) -> Void = { print($0) }
        let report = world.run(trace: trace ? printer : nil)
        print(
            """
            \(world.plan)
            first transfer: \(report.firstFailure.map { "\($0)" } ?? "OK") after \(report.firstElapsed); \
            transfers: \(report.attempts)
            \(report.violation.map { "\($0)" } ?? "as it must be")
            """)
        guard report.violation == nil else { throw ExitCode.failure }
    }

    private func tally(of family: SmallWorldFamily) async -> Tally {
        let limit = family == .pairs ? pairChunks : chunks
        let worlds = SmallWorld.calmOnes(chunkLimit: limit).filter {
            direction == nil || "\($0.direction)" == direction
        }
        // The largest worlds come first, so that no job is left with one of them at the end.
        var waiting = worlds.reversed()[...]
        var total = Tally()
        let losses = losses
        await withTaskGroup(of: Tally.self) { group in
            func addTask() {
                guard let world = waiting.popFirst() else { return }
                group.addTask {
                    var tally = Tally()
                    family.explore(world, lossLimit: losses) { tally.add($0, $1) }
                    return tally
                }
            }
            for _ in 0..<max(jobs, 1) { addTask() }
            for await tally in group {
                total.add(tally)
                addTask()
            }
        }
        return total
    }

    private static func seconds(_ duration: Duration) -> Double {
        (duration / .seconds(1) * 10).rounded() / 10
    }
}

/// The results of several worlds.
private struct Tally {
    private(set) var failures: [String] = []
    private var violations: [SwarmViolation.Kind: Int] = [:]
    private var count = 0
    private var excused = 0
    private var longest: [SmallWorld.Speech: (world: SmallWorld, time: Duration)] = [:]

    mutating func add(_ world: SmallWorld, _ report: SwarmReport) {
        count += 1
        note((world, report.firstElapsed))
        if let failure = report.firstFailure, world.excuses(failure) { excused += 1 }
        guard let violation = report.violation else { return }
        violations[violation.kind, default: 0] += 1
        failures.append("\(violation): Scripts/small-worlds --trace --world '\(world)'")
    }

    mutating func add(_ other: Tally) {
        failures += other.failures
        violations.merge(other.violations, uniquingKeysWith: +)
        count += other.count
        excused += other.excused
        for entry in other.longest.values { note(entry) }
    }

    private mutating func note(_ entry: (world: SmallWorld, time: Duration)) {
        if entry.time > longest[entry.world.speech]?.time ?? .zero { longest[entry.world.speech] = entry }
    }

    var summary: String {
        let counts = SwarmViolation.Kind.allCases.map { "\(violations[$0, default: 0]) \($0.rawValue)" }
        let excuses = excused > 0 ? "; \(excused) excused" : ""
        return "\(count) worlds: \(counts.joined(separator: ", "))\(excuses)"
    }

    /// The longest transfers, on one line for each protocol.
    var longestTransfers: String {
        SmallWorld.Speech.allCases.compactMap { longest[$0] }
            .map { "  the longest took \($0.time): '\($0.world)'" }.joined(separator: "\n")
    }
}
