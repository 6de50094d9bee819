internal import TestSupport
internal import Testing

/// `ProblemTests` records the words of every failure.
@Suite struct ProblemCasesTests {
    /// Enumerations of failures, and the cases whose words other tests look at.
    private static let enumerations: [(file: String, name: String, elsewhere: Set<Substring>)] = [
        ("PwtransferCLI/Errors/Failure.swift", "Failure", ["commandLine"]),
        ("PwtransferCLI/Errors/Failure.swift", "UsageMistake", ["misplacedValue"]),
        ("PwtransferCLI/Errors/Failure.swift", "ConfigurationMistake", []),
        ("PwtransferCLI/Errors/Failure.swift", "TokenFileError", []),
        ("PigweedTransfer/Transfer/TransferFailure.swift", "TransferFailure", []),
        ("SerialPort/Transports/SerialPortError.swift", "SerialPortError", []),
        ("TransferClient/Failures/FileError.swift", "FileError", []),
        ("TransferClient/Calls/CallReply.swift", "CallError", []),
        ("TransferClient/Calls/DeviceFiles.swift", "DeviceFilesError", []),
    ]

    private static func text(_ path: String) throws -> String {
        let root = "\(#filePath)".split(separator: "/").dropLast(3).map { "/" + $0 }.joined()
        return String(decoding: try contents(of: "\(root)/\(path)"), as: UTF8.self)
    }

    @Test(arguments: enumerations)
    func eachCaseIsInProblemTests(file: String, name: String, elsewhere: Set<Substring>) throws {
        let source = try Self.text("Sources/\(file)")
        let head = try #require(source.firstRange(of: "enum \(name)"))
        let body = source[head.upperBound...].prefix(
            upTo: try #require(source[head.upperBound...].firstRange(of: "\n}")).lowerBound)
        let cases = Set(body.matches(of: /\n    case (\w+)/).map(\.1))
        let tests = try Self.text("Tests/PwtransferCLITests/ProblemTests.swift")
        let tested = Set(tests.matches(of: /\.(\w+)/).map(\.1))
        #expect(!cases.isEmpty)
        #expect(cases.subtracting(elsewhere).subtracting(tested) == [])
    }
}
