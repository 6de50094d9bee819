import TestSupport
import Testing

/// Every chosen number stands in `Tuning.swift`, and the documentation lists all of them. After a change:
///
///     PWTRANSFER_RECORD=1 swift test --filter TuningTests
struct TuningTests {
    /// A constant, and the facts in its comment.
    private struct Constant {
        var name = ""
        var value = ""
        var unit = ""
        var source = ""
        var meaning = ""
    }

    private static let sources =
        "\(#filePath)".split(separator: "/").dropLast(3).map { "/" + $0 }.joined()
        + "/Sources/PigweedTransfer"

    @Test func theDocumentationListsAll() throws {
        var text = """
            # Numbers that were chosen

            What the engine waits for, allows and remembers, and what each of these numbers was chosen by.

            This table is made from `Tuning.swift`. Files that are named as a source are the measured tables in
            `Tests/SimulationTests/Golden`; *the swarm* are the transfers of `Scripts/soak`.

            """
        for (section, constants) in try Self.sections() {
            text +=
                "\n## \(section)\n\n| | value | unit | what it is | source |\n| --- | --- | --- | --- | --- |\n"
            for constant in constants {
                #expect(!constant.unit.isEmpty && !constant.source.isEmpty, "\(constant.name)")
                text +=
                    "| `\(constant.name)` | \(constant.value) | \(constant.unit) | \(constant.meaning) |"
                    + " \(constant.source) |\n"
            }
        }
        let article = "../../../Sources/PigweedTransfer/PigweedTransfer.docc/TuningTable.md"
        try compareWithGolden(text, article)
    }

    /// Halves, doubles and units of time are not chosen numbers.
    @Test(arguments: ["Engine", "Read", "Session", "Timing", "Transfer", "Write"])
    func noOtherFileHasOne(_ folder: String) throws {
        let allowed: Set<String> = ["0", "1", "2", "1000", "1_000_000", "1_000_000_000"]
        var count = 0
        for file in TemporaryDirectory.names(in: "\(Self.sources)/\(folder)") {
            let text = String(decoding: try contents(of: "\(Self.sources)/\(folder)/\(file)"), as: UTF8.self)
            for line in text.split(separator: "\n") where !line.contains("//") {
                count += 1
                let numbers = line.matches(of: /(?:^|[^A-Za-z0-9_$.])([0-9][0-9_]*)/).map {
                    String($0.output.1)
                }
                #expect(numbers.filter { !allowed.contains($0) } == [], "\(file): \(line)")
            }
        }
        #expect(count > 20, "nothing was looked at")
    }

    private static func sections() throws -> [(String, [Constant])] {
        let text = String(decoding: try contents(of: "\(sources)/Tuning.swift"), as: UTF8.self)
        var sections: [(String, [Constant])] = []
        var constant = Constant()
        for line in text.split(separator: "\n") {
            if let found = line.firstMatch(of: /^    \/\/ MARK: (.+)/) {
                sections.append((String(found.output.1), []))
            } else if let found = line.firstMatch(of: /^    \/\/\/ Unit: (.+)\. Source: (.+)\./) {
                constant.unit = String(found.output.1)
                constant.source = String(found.output.2)
            } else if let found = line.firstMatch(of: /^    \/\/\/ (.+)/) {
                constant.meaning += (constant.meaning.isEmpty ? "" : " ") + found.output.1
            } else if let found = line.firstMatch(of: /^    static let (\w+)(?:: \w+)? = (.+)/) {
                constant.name = String(found.output.1)
                constant.value = value(String(found.output.2))
                sections[sections.count - 1].1.append(constant)
                constant = Constant()
            }
        }
        return sections
    }

    /// The value in a form for people: a time with its unit, a list without brackets.
    private static func value(_ code: String) -> String {
        if let found = code.firstMatch(of: /Duration\.(milli)?seconds\((\d+)\)/) {
            return "\(found.output.2) \(found.output.1 == nil ? "s" : "ms")"
        }
        if let found = code.firstMatch(of: /(\d+) \* 1024/) { return "\(found.output.1) Ki" }
        return code.filter { !"[]".contains($0) }
    }
}
