internal import ArgumentParser
internal import PigweedRPC
internal import PigweedTransfer
@testable internal import PwtransferCLI
internal import SerialPort
internal import SystemPackage
internal import TestSupport
internal import Testing
@testable internal import TransferClient

/// Every message that a failure can have.
@Suite struct ProblemTests {
    private static func report(_ direction: Direction, moved: UInt64 = 4096) -> TransferReport {
        let request: TransferRequest = direction == .read ? .read(3) : .write(3, size: 65536)
        let engine = TransferEngine(configuration: RPCClient.Configuration(), seed: 1)
        var report = TransferReport(request, of: engine)
        report.version = .version2
        report.progress = TransferEngine.Progress(moved: moved, total: 65536)
        report.duration = .seconds(2)
        return report
    }

    private static let failures: [TransferFailure] = [
        .noAnswer, .deviceSilent, .noProgress, .noTransferService, .streamRefused(.unavailable), .streamLost,
        .cannotContinue(.unimplemented),
        .offsetNotSupported, .onlyLegacySupported, .notPossibleInLegacy, .deviceStorageFull, .tooLarge,
        .protocolViolation(.prematureSuccess), .protocolViolation(.completionWithoutStatus),
        .protocolViolation(.versionChanged), .protocolViolation(.invalidWindow),
        .protocolViolation(.offsetPastEnd), .protocolViolation(.chunkSizeZero),
        .protocolViolation(.beyondWindow), .protocolViolation(.moreThanAnnounced), .storageFailed,
        .sourceFailed,
    ]

    private static let ports: [SerialPortError] = [
        .notFound(path: "/dev/ttyACM0"), .permissionDenied(path: "/no/ttyACM0"),
        .busy(path: "/dev/ttyACM0", holder: nil), .notATerminal(path: "/dev/sda"),
        .rateRejected(path: "/dev/ttyUSB0", requested: 9_000_000, actual: 3_000_000),
        .modemLinesUnsupported(path: "/dev/pts/1"), .modemLinesUnsupported(path: "rfc2217://h:1"),
        .turnedAway(address: "tcp:h:1", words: "Port already in use"),
        .noAnswer(address: "rfc2217://h:1?ign_set_control"),
        .optionRefused(address: "rfc2217://h:1", option: "COM-PORT-OPTION"),
        .optionRefused(address: "telnet://h:1", option: "BINARY"),
        .settingRefused(path: "rfc2217://h:1", setting: "no parity"), .disconnected(path: "/dev/ttyACM0"),
        .invalidAddress("localhost"), .connectionFailed(address: "localhost:1", reason: "Connection refused"),
        .linkOccupied(path: "board"), .linkFailed(path: "/no/board", code: .noSuchFileOrDirectory),
        .system(operation: "read", path: "/dev/ttyACM0", code: .ioError),
        .system(operation: "open", path: "/dev/ttyACM0", code: .tooManyOpenFiles),
        .system(operation: "open", path: "/dev/ttyACM0", code: .tooManySymbolicLinkLevels),
    ]

    private static let files: [FileError] = [
        .cannotRead(path: "in.bin", .noSuchFileOrDirectory), .cannotRead(path: "in.bin", .permissionDenied),
        .cannotRead(path: "in.bin", .ioError), .cannotRead(path: "in.bin", .tooManyOpenFiles),
        .sourceIsDirectory(path: "folder"),
        .sourceChanged(path: "in.bin", .size(from: 100, to: 50)),
        .sourceChanged(path: "in.bin", .content), .sourceChanged(path: "in.bin", .replaced),
        .sourceEmpty(path: "in.bin"),
        .sourceCannotGoBack(path: "standard input", to: 0, kept: 1000),
        .cannotCreate(path: "out.bin", .permissionDenied),
        .cannotCreate(path: "no/out.bin", .noSuchFileOrDirectory), .targetIsDirectory(path: "folder"),
        .cannotWrite(path: "out.bin", .noSpace), .cannotWrite(path: "standard output", .brokenPipe),
        .cannotWrite(path: "out.bin", .ioError),
        .targetCannotGoBack(path: "standard output", written: 1000), .stopped(path: "standard output"),
    ]

    private static var problems: [Problem] {
        let statuses = (1...17).map { Status(rawValue: $0) }
        let transfers = [Direction.read, .write].flatMap { direction in
            statuses.map { Problem(error(.transfer(.device($0)), report(direction, moved: 0))) }
        }
        let reasons: [TransferError.Reason] = [
            .interrupted(signal: 2), .deadline(.seconds(5)), .link(.disconnected(path: "/dev/ttyACM0")),
            .file(.cannotWrite(path: "out.bin", .noSpace)),
            .notResumed(
                .disconnected(path: "/dev/ttyACM0"),
                .portUnavailable(.unusable(.notFound(path: "/dev/ttyACM0")))),
            .notResumed(
                .disconnected(path: "/dev/ttyACM0"),
                .cannotStartOver(.targetCannotGoBack(path: "standard output", written: 1000))),
            .notResumed(
                .disconnected(path: "/dev/ttyACM0"),
                .cannotStartOver(.sourceCannotGoBack(path: "standard input", to: 0, kept: 1000))),
            .notResumed(.disconnected(path: "/dev/ttyACM0"), .beginningLost),
            .notResumed(.disconnected(path: "/dev/ttyACM0"), .noProgress(reconnects: 5)),
        ]
        return transfers + [Problem(error(.transfer(.device(.dataLoss)), report(.write)))]
            + failures.map { Problem(error(.transfer($0), report(.read))) }
            + reasons.map { Problem(error($0, report(.read))) } + ports.map(Problem.init)
            + files.map(Problem.init)
    }

    private static func error(_ reason: TransferError.Reason, _ report: TransferReport) -> TransferError {
        TransferError(reason: reason, report: report)
    }

    @Test func areTheGoldenOnes() throws {
        var text = ""
        for problem in Self.problems {
            let status = problem.deviceStatus.map { " \($0)" } ?? ""
            text +=
                "\(problem.status.rawValue) \(problem.verdict) \(problem.code ?? problem.status.code)\(status)\n"
            text += "  \(problem.message)\n"
            text += "  cause: \(problem.cause ?? "-")\n  try:   \(problem.hint ?? "-")\n\n"
        }
        #expect(try text == golden(text, "problems.txt"))
    }

    @Test func eachSaysWhatToTry() {
        for problem in Self.problems {
            #expect(problem.hint != nil, "\(problem.message)")
            #expect(!problem.message.hasSuffix("."), "\(problem.message)")
        }
    }

    @Test(arguments: [
        ("raed", "read"), ("wriet", "write"), ("port", "ports"), ("simulat", "simulate"), ("fly", nil),
        ("", nil),
    ])
    func mistypedCommand(word: String, meant: String?) {
        let error = RootCommandFailure.of([word])
        let problem = Problem(usage: error, arguments: [word])
        #expect(problem.cause == meant.map { "did you mean \($0)?" })
    }
}

/// Why the parser refuses arguments.
private struct RootCommandFailure: Error {
    static func of(_ arguments: [String]) -> any Error {
        do {
            _ = try RootCommand.parseAsRoot(arguments)
            return RootCommandFailure()
        } catch {
            return error
        }
    }
}
