internal import ArgumentParser
internal import PigweedRPC
internal import PigweedTokenizer
internal import PigweedTransfer
@testable internal import PwtransferCLI
internal import SerialPort
internal import SystemPackage
internal import TestSupport
internal import Testing
@testable internal import TransferClient
internal import WireCapture

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

    private static let devices = (1...9).map {
        TrayDevice(index: $0, selector: PortSelector(.node("/dev/ttyACM\($0)")), description: nil)
    }
    private static let origin = Origin.file(path: "p.toml", line: 3)
    private static let setting = Setting(key: "baud", value: .words(["x"]), origin: origin)

    private static let usage: [UsageMistake] = [
        .notUnicode("x"), .unknownResource("lgo", known: []),
        .unknownResource("lgo", known: [NamedResource(name: "log", number: 3, origin: origin)]),
        .severalDevices(2), .namedTwice(devices[0], as: "board"),
        .oneOutput(devices: 2, pattern: "log.bin", option: "-o"),
        .sameOutput(devices[0], devices[1], path: "log", option: "--trace"),
        .serialNotKnownYet(devices[0]), .noSerial(devices[0]), .streamForSeveral(name: "standard input"),
        .recordsOver(owner: "the file of --trace", option: "--capture", path: "log-1.bin"),
        .portAsFile(option: "-o", path: "/dev/ttyACM1"), .portAsRecording(path: "/dev/ttyACM1"),
    ]

    private static let configuration: [ConfigurationMistake] = [
        .notAccepted(setting, UsageText("The value 'x' is invalid for '--baud <n>'"), isCheck: false),
        .notAccepted(setting, UsageText("The value 'x' is invalid for '--baud <n>'"), isCheck: true),
        .refusedToProject(setting, reason: "a project does not decide that"),
        .chosenFile(path: "no.toml", origin: "--config", .noSuchFileOrDirectory),
        .untrustedFile(path: "p.toml", nil), .untrustedFile(path: "p.toml", .link),
        .untrustedFile(path: "p.toml", .owner), .untrustedFile(path: "p.toml", .others),
        .untrustedFile(path: "p.toml", .folder), .untrustedScenario(path: "t.toml", .others),
        .unreadable("p.toml", .permissionDenied),
        .unreadable("p.toml", .tooManyOpenFiles), .flag(variable: "PWTRANSFER_JSON", text: "on"),
        .unknownVariable("PWTRANSFER_PROT", nearest: "PWTRANSFER_PORT"),
        .unknownBoard("bnech", nil, known: ["bench"]), .unknownBoard("bench", origin, known: []),
        .syntax(place: "p.toml:3", "no value", isScenario: false),
        .syntax(place: "p.toml:3", "no value", isScenario: true), .name("a b", of: "board", origin),
        .type(TOMLEntry(key: "baud", line: 3, value: .boolean(true)), expected: "a number", origin),
        .unknownKey("buad", in: " in board a", origin, nearest: "baud", command: "read"),
        .unknownKey("x", in: "", origin, nearest: nil, command: "simulate"), .noDevices(path: "s.toml"),
        .sameName("a", origin), .tooManyDevices(limit: 256, origin),
        .device("a", complaint: "at least one --resource", origin),
    ]

    private static let calls: [CallError] = [
        .noAnswer(CallError.Line()), .refused(.notFound), .refused(.unavailable), .endless(messages: 9),
        .deadline(.seconds(5), messages: 3), .interrupted(signal: 15), .closed,
        .link(.disconnected(path: "/dev/ttyACM0")),
    ]

    private static let deviceFiles: [DeviceFilesError] = [
        .status(.permissionDenied), .notUnderstood(messages: 2), .notFound(known: ["/log"]), .isFolder,
        .otherResource,
        .noResource,
    ]

    private static func verification(_ finding: Verification.Finding) -> Failure {
        .verification(
            Verification(
                means: .readback, resource: 2, label: "2", file: "in.bin", size: 100, finding: finding))
    }

    /// Failures that are about neither a transfer, nor a port, nor a file.
    private static var others: [Failure] {
        let refused = Failure.status(.device(.permissionDenied), resource: 3)
        let silent = Failure.status(.call(.noAnswer(CallError.Line())), resource: 3)
        let failed = FailedDevices(
            failures: devices.map { ($0, Problem(silent)) } + [(devices[0], Problem(refused))], count: 12)
        var stopped = failed
        stopped.recording = Problem(.stopped(signal: 15))
        let obstacles: [(Check.Name, PwtransferCLI.ExitStatus)] = [
            (.port, .noDevice), (.holder, .temporary), (.permission, .noPermission), (.baud, .usage),
            (.bytes, .temporary), (.rpc, .temporary), (.service, .deviceRefused),
        ]
        var all: [Failure] = [
            .system(attempt: "make a pipe", .tooManyOpenFiles), .system(attempt: "start a thread", .noMemory),
            .unknownOptions(CancellationError()), .stopped(signal: 2),
            .stopped(signal: 2, occasion: "before it began"),
            .stoppedAtOnce(signal: 15, isTransferring: true),
            .stoppedAtOnce(signal: 15, isTransferring: false), .portRequest(.noMatch(nil, present: [])),
            .portRequest(.noMatch(PortSelector(.serialNumber(suffix: "7", interface: nil)), present: [])),
            .portRequest(.severalMatch(nil, [], present: [])), .portRequest(.stopped),
            .waited(.seconds(5), .portRequest(.unusable(.notFound(path: "/dev/ttyACM0")))),
            .severalPorts(count: 2, nil), .severalPorts(count: 2, PortSelector(.node("/dev/x"))),
            .devicesMissing(present: [], absent: [], wanted: 1),
            .devicesMissing(present: [devices[0]], absent: [], wanted: 3),
            .devicesMissing(present: Array(devices.prefix(2)), absent: [devices[2]], wanted: 3),
            .tooManyDevices(Array(devices.prefix(2)), wanted: 1), .devices(failed), .devices(stopped),
            .file(.cannotCreate(path: "t.txt", .permissionDenied), option: "--trace"),
            .notRecorded(.cannotWrite(path: "t.txt", .noSpace), option: "--trace"),
            .spool(.cannotWrite(path: "/tmp", .noSpace)), .spool(.sourceIsDirectory(path: "folder")),
            .outputNotRead(stoppedBy: nil), .outputNotRead(stoppedBy: 15), .output(.brokenPipe),
            .capture(.unknownFormat, name: "x.bin"), .capture(.tooManyPorts(limit: 16), name: "x.bin"),
            .tokens(.unreadable(.permissionDenied), path: "t.csv"), .tokens(.notAFile, path: "t.csv"),
            .tokens(.noDatabase(suffix: ".csv"), path: "folder"),
            .tokens(.database(.unknownFormat), path: "t.csv"), .tokens(.database(.truncated), path: "t.csv"),
            .tokens(.database(.noTokenSection), path: "t.elf"),
            .tokens(.database(.damagedEntry(offset: 4)), path: "t.elf"),
            .tokens(.database(.tooLarge), path: "t.csv"), .status(.senseless, resource: 3), refused,
            .status(.device(.unimplemented), resource: 3), .status(.device(.unavailable), resource: 3),
            .status(.device(.notFound), resource: 3), .noChecksum(resource: 3),
            .notVerifiable(.noChecksum(resource: 3)), .notVerifiable(silent),
            .writtenOnly(.failureLogged("no")),
            .notVerified(refused, isSameResource: true), .notVerified(refused, isSameResource: false),
            .failureLogged("panic"), .writtenOnly(.notLogged(within: .seconds(5), messages: 0)),
            .notLogged(within: .seconds(5), messages: 1), .notLogged(within: .seconds(5), messages: 2),
            .noLogService(.notFound), .noLogService(.resourceExhausted),
            .notReset(.modemLinesUnsupported(path: "/dev/pts/1"), .rts), .touchIgnored(port: "/dev/ttyACM0"),
            .notBack(.noMatch(nil, present: [])), .sizeDiffers(path: "/a", listed: 9, read: 7),
            .noResource(path: "/log"), .listIncomplete(brokenMessages: 1), .listIncomplete(brokenMessages: 0),
            .unsafeName(id: 3), .nameUsedTwice(path: "/log", id: 3),
            .folder(
                UnreadFiles(
                    failures: [
                        ("/a", Problem(silent)), ("/b", Problem(.file(.cannotWrite(path: "b", .noSpace)))),
                    ],
                    notTried: 2, total: 9, reason: "there is no time left")),
            .ofDevice("a", .port(.disconnected(path: "/dev/pts/1"))),
            verification(.otherSize(writeable: 7, readable: 8)),
            verification(.checksums(expected: 1, found: 2)),
            .transfer(error(.interrupted(signal: 2), report(.read)), isResumable: true),
        ]
        all += calls.map { Failure.status(.call($0), resource: 3) }
        all += calls.map { Failure.notRebooted($0) }
        all += deviceFiles.map { Failure.deviceFiles($0, subject: "/lgo was not found", path: "/lgo") }
        all += usage.map { Failure.usage($0) }
        all += configuration.map { Failure.configuration($0) }
        all += obstacles.map { name, status in
            let check = Check.problem(name, status, "bad", advice: ["go"])
            return Failure.unhealthy(Diagnosis(port: "p", checks: [check]))
        }
        return all + moreFiles.map { Failure.file($0) }
    }

    private static let moreFiles: [FileError] = [
        .cannotCreate(path: "out.bin", .ioError), .cannotRead(path: "in.bin", .badFileDescriptor),
        .targetIsLink(path: "out/a"), .targetIsForeign(path: "out.bin"), .targetExists(path: "out/a"),
        .exchanged(path: "out.bin"), .cannotWrite(path: "out.bin", .noSuchFileOrDirectory),
        .targetIsNoFile(path: "/dev/null"), .partialFileInUse(path: "out.bin.part"),
        .partialFileDiffers(path: "out.bin.part", offset: 7),
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
        .cannotCreate(path: "no/out.bin", .noSuchFileOrDirectory), .targetIsDirectory(path: "my folder"),
        .cannotWrite(path: "out.bin", .noSpace), .cannotWrite(path: "standard output", .brokenPipe),
        .cannotWrite(path: "out.bin", .ioError),
        .targetCannotGoBack(path: "standard output", written: 1000), .stopped(path: "standard output"),
    ]

    private static var problems: [Problem] {
        let statuses = (1...17).map { Status(rawValue: $0) }
        let transfers = [Direction.read, .write].flatMap { direction in
            statuses.map { Failure.transfer(error(.transfer(.device($0)), report(direction, moved: 0))) }
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
            .pathNotConfirmed("/logs/boot.txt"),
        ]
        var all = transfers
        all.append(.transfer(error(.transfer(.device(.dataLoss)), report(.write))))
        all += failures.map { Failure.transfer(error(.transfer($0), report(.read))) }
        all += reasons.map { Failure.transfer(error($0, report(.read))) }
        all += ports.map { Failure.port($0) }
        all += files.map { Failure.file($0) }
        all += others
        all.append(.transfer(error(.transfer(.cannotGoBack), report(.read))))
        all.append(.transfer(error(.transfer(.cancelled), report(.read))))
        all.append(.transfer(error(.closed, report(.read))))
        return all.map { Problem($0, in: surroundings) }
    }

    /// A machine without ports, and a user who has named a resource.
    private static var surroundings: Surroundings {
        Surroundings(
            label: { $0 == 2 ? "2 (firmware)" : "\($0)" }, access: { _ in nil }, exists: { _ in false },
            seesDevices: { true }, portsWithoutNode: { [] })
    }

    private static func error(_ reason: TransferError.Reason, _ report: TransferReport) -> TransferError {
        TransferError(reason: reason, report: report)
    }

    @Test func areTheGoldenOnes() throws {
        var text = ""
        for problem in Self.problems {
            let status = problem.deviceStatus.map { " \($0)" } ?? ""
            text +=
                "\(problem.status.rawValue) \(problem.verdict) \(problem.code.rawValue)\(status)\n"
            text += "  \(problem.message)\n"
            text += "  cause: \(problem.cause ?? "-")\n  try:   \(problem.hint ?? "-")\n\n"
        }
        try compareWithGolden(text, "problems.txt")
    }

    @Test func eachCodeHasItsExitCodesAndATest() {
        let problems = Self.problems
        let tested = Set(problems.map(\.code))
        #expect(Set(ErrorCode.allCases).subtracting(tested) == [])
        for problem in problems {
            let statuses = problem.code.row.statuses
            let isKnown = statuses.contains { status in
                if case (.interrupted, .interrupted) = (status, problem.status) {
                    true
                } else {
                    status == problem.status
                }
            }
            #expect(isKnown, "\(problem.code): \(problem.status)")
        }
    }

    @Test func eachSaysWhatToTry() {
        // Whoever stopped a command knows what to do, and whoever made the firmware knows what its log means.
        let clear: Set<ErrorCode> = [
            .interrupted, .internalError, .failureLogged, .notLogged, .tokenDatabase,
        ]
        for problem in Self.problems {
            #expect(problem.hint != nil || clear.contains(problem.code), "\(problem.message)")
            #expect(!problem.message.hasSuffix("."), "\(problem.message)")
        }
    }

    /// The parser takes what a hint says, so an equals sign stands exactly before a value that may be left out.
    @Test func eachOptionInAHintIsKnown() throws {
        let options = try OptionCatalog(of: RootCommand.self).commands.flatMap(\.allOptions)
        for hint in Self.problems.compactMap(\.hint) {
            for match in hint.matches(of: /--([a-z-]+)([= ]?)(\S*)/) where match.output.1 != "help" {
                let (word, key, separator, value) = match.output
                let option = try #require(options.first { $0.key == key }, "\(hint)")
                if value.first?.isUppercase == true || value.hasPrefix("'") {
                    #expect(option.isValueOptional == (separator == "="), "\(hint)")
                } else if separator == "=" {
                    let arguments = ["read", "3", "-o", "out", String(word)]
                    #expect(throws: Never.self, "\(hint)") { _ = try RootCommand.parseAsRoot(arguments) }
                }
            }
        }
    }

    @Test(arguments: [
        ("raed", "read"), ("wriet", "write"), ("port", "ports"), ("simulat", "simulate"), ("fly", nil),
        ("", nil),
    ])
    func mistypedCommand(word: String, meant: String?) {
        let error = RootCommandFailure.of([word])
        let complaint = UsageComplaint(error, [word], of: RootCommand.self)
        #expect(complaint.cause == meant.map { "did you mean \($0)?" })
    }
}

/// The parser's error for arguments that it refuses.
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
