internal import ArgumentParser
internal import PigweedTransfer
internal import Swarm

/// Runs seeds of the swarm. Prints those that show a mistake, and how to replay them.
@main
struct Soak: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Transfers over bad lines to simulated devices, each decided by a seed.")

    @Option(help: "How many seeds to run; 1 if --seed is given, else 2000.")
    var seeds: UInt64?

    @Option(help: "The first seed.")
    var seed: UInt64?

    @Flag(help: "Print every frame.")
    var trace = false

    @Option(help: "How many seeds to run at a time.")
    var jobs = 2

    /// How many failures are printed in full; a further failure gets one line.
    private static let printLimit = 20

    func run() async throws {
        let first = seed ?? 0
        let count = seeds ?? (seed == nil ? 2000 : 1)
        var tally = Tally()
        let clock = ContinuousClock()
        let start = clock.now
        var ranges = Self.slices(of: first..<first + count)[...]
        let trace = trace
        await withTaskGroup(of: [SwarmReport].self) { group in
            for range in ranges.prefix(max(jobs, 1)) {
                group.addTask { Self.reports(of: range, trace: trace) }
            }
            ranges = ranges.dropFirst(max(jobs, 1))
            for await reports in group {
                for report in reports { note(report, in: &tally) }
                guard let range = ranges.popFirst() else { continue }
                group.addTask { Self.reports(of: range, trace: trace) }
            }
        }
        print(tally.details)
        print("\(count) seeds: \(tally.summary), in \(Self.seconds(clock.now - start)) s")
        guard tally.failures == 0 else { throw ExitCode.failure }
    }

    private static func reports(of seeds: Range<UInt64>, trace: Bool) -> [SwarmReport] {
        let printer: @Sendable (String) -> Void = { print($0) }
        return seeds.map { seed in
            var report = SwarmRun.run(seed: seed, trace: trace ? printer : nil)
            report.plan.data = []
            return report
        }
    }

    private func note(_ report: SwarmReport, in tally: inout Tally) {
        tally.add(report)
        guard trace || report.violation != nil else { return }
        guard tally.failures <= Self.printLimit else {
            return print("seed \(report.plan.seed): \(report.violation.map { "\($0)" } ?? "")")
        }
        print(
            """

            seed \(report.plan.seed): \(report.violation.map { "\($0)" } ?? "as it must be")
            \(SwarmPlan(seed: report.plan.seed))
            first transfer: \(report.firstFailure.map { "\($0)" } ?? "OK"); transfers: \(report.attempts); \
            after \(report.elapsed)
            replay: Scripts/soak --seed \(report.plan.seed) --trace
            """)
    }

    private static func slices(of seeds: Range<UInt64>) -> [Range<UInt64>] {
        let size: UInt64 = 50
        return stride(from: seeds.lowerBound, to: seeds.upperBound, by: Int(size)).map {
            $0..<min($0 + size, seeds.upperBound)
        }
    }

    private static func seconds(_ duration: Duration) -> Double {
        (duration / .seconds(1) * 10).rounded() / 10
    }
}

/// The results of all seeds.
private struct Tally {
    private(set) var violations: [SwarmViolation.Kind: Int] = [:]
    private var successes = 0
    private var firstFailures: [TransferFailure: Int] = [:]
    private var attempts: [Int: Int] = [:]
    private var virtualTime = Duration.zero

    var failures: Int { violations.values.reduce(0, +) }

    mutating func add(_ report: SwarmReport) {
        if let violation = report.violation { violations[violation.kind, default: 0] += 1 }
        if let failure = report.firstFailure {
            firstFailures[failure, default: 0] += 1
        } else {
            successes += 1
        }
        attempts[report.attempts, default: 0] += 1
        virtualTime += report.elapsed
    }

    /// How the runs went.
    var details: String {
        var lines = ["first transfers: \(successes) succeeded"]
        lines += firstFailures.sorted { $0.value > $1.value }.map { "  \($0.value) failed: \($0.key)" }
        lines.append("transfers a seed:")
        lines += attempts.sorted { $0.key < $1.key }.map { "  \($0.key): \($0.value)" }
        lines.append("virtual time: \(Int(virtualTime / .seconds(3600))) h")
        return lines.joined(separator: "\n")
    }

    var summary: String {
        SwarmViolation.Kind.allCases.map { "\(violations[$0, default: 0]) \($0.rawValue)" }
            .joined(separator: ", ")
    }
}
