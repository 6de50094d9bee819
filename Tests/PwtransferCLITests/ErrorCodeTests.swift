internal import FoundationEssentials
@testable internal import PwtransferCLI
internal import TestSupport
internal import Testing

/// The guide and the schema list every value of `error.code`.
@Suite struct ErrorCodeTests {
    private struct Schema: Decodable {
        struct Definitions: Decodable {
            let errorCode: Values
        }

        struct Values: Decodable {
            let `enum`: [String]
        }

        let definitions: Definitions

        private enum CodingKeys: String, CodingKey { case definitions = "$defs" }
    }

    private static func exits(_ code: ErrorCode) -> String {
        code.row.statuses.map { status in
            if case .interrupted = status { "128 + signal" } else { "\(status.rawValue)" }
        }.joined(separator: ", ")
    }

    private static func verdict(_ code: ErrorCode) -> String {
        switch code {
        case .deviceStatus, .callRefused, .noLogService: "by `error.status`"
        case .devicesFailed: "the gravest of the devices"
        default: "\(Problem(code, "").verdict)"
        }
    }

    @Test func theGuideListsAll() throws {
        var text = """
            # Values of `error.code`

            What kind of failure it is, in the event `result` of `--json` and in its like. A name stays the same when texts change. Where there
            are several exit codes, the first is the usual one. The [verdict](factory.md) is the one that belongs to the first.

            This table is made from the program.

            | `error.code` | exit code | verdict | what it means |
            | --- | --- | --- | --- |

            """
        for code in ErrorCode.allCases.sorted(by: { $0.rawValue < $1.rawValue }) {
            text +=
                "| `\(code.rawValue)` | \(Self.exits(code)) | \(Self.verdict(code)) | \(code.row.meaning) |\n"
        }
        try compareWithGolden(text, "../../../Documentation/error-codes.md")
    }

    @Test func theSchemaListsAll() throws {
        let path = "\(#filePath)".split(separator: "/").dropLast(3).map { "/" + $0 }.joined()
        let decoder = JSONDecoder()
        decoder.keyDecodingStrategy = .convertFromSnakeCase
        let bytes = try contents(of: "\(path)/Documentation/events.schema.json")
        let schema = try decoder.decode(Schema.self, from: Data(bytes))
        let names = ErrorCode.allCases.map(\.rawValue).sorted()
        #expect(schema.definitions.errorCode.enum.sorted() == names, "see error_code in events.schema.json")
    }
}
