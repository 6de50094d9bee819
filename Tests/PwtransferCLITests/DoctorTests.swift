internal import Glibc
internal import HDLC
internal import PigweedRPC
internal import PigweedTransfer
@testable internal import PwtransferCLI
@testable internal import SerialPort
internal import SystemPackage
internal import Testing

/// Turns facts into checks.
@Suite struct DoctorTests {
    private static let allowed = NodeAccess(
        path: "/dev/ttyUSB0", group: "dialout", groupID: 20, mode: 0o660, user: "kim", isAllowed: true,
        isInGroup: true, isListedInGroup: true)

    private static func forbidden(_ change: (inout NodeAccess) -> Void) -> NodeAccess {
        var access = allowed
        access.isAllowed = false
        access.isInGroup = false
        access.isListedInGroup = false
        change(&access)
        return access
    }

    private func facts(_ change: (inout PortFacts) -> Void) -> PortFacts {
        var port = SerialPortDescription(path: "/dev/ttyUSB0", systemPath: "/sys/x", isUSB: true)
        port.vendorID = 0x0403
        port.productID = 0x6001
        var facts = PortFacts(
            path: "/dev/ttyUSB0", description: port, access: Self.allowed, surroundings: PortSurroundings(),
            baudRate: 115_200,
            opening: .opened(
                LineState(baudRate: 115_200, dropsLinesOnClose: false, droppedLinesOnClose: true)))
        change(&facts)
        return facts
    }

    private func check(_ name: Check.Name, _ change: (inout PortFacts) -> Void) throws -> Check {
        try #require(facts(change).checks.first { $0.name == name })
    }

    @Test func nothingIsFoundInAHealthyPort() {
        let findings = facts { _ in }.checks.map(\.finding)
        #expect(findings == Array(repeating: .ok, count: 8))
    }

    @Test func checksAreInTheOrderOfTheirNames() {
        let names = facts { _ in }.checks.map(\.name)
        #expect(names == Array(Check.Name.allCases.prefix(8)))
    }

    @Test func namesCannotActOnTheTerminal() {
        let check = Check.problem(
            .port, .usage, "\u{1B}a", cause: "\u{1B}b\nc", advice: ["see 'x\u{1B}d'"])
        let lines = DiagnosisText.lines(Diagnosis(port: "p", checks: [check]), Palette(.never))
        #expect(lines.count == 4)
        let port = SerialPortDescription(path: "/dev/\u{1B}", systemPath: "/sys/x", isUSB: true)
        for text in lines + PortTable.row(port, among: []) {
            #expect(!text.unicodeScalars.contains("\u{1B}"), "\(text)")
        }
    }

    @Test func permission() {
        func steps(_ change: (inout NodeAccess) -> Void) -> PermissionText {
            PermissionText(Self.forbidden(change), path: "/dev/ttyUSB0")
        }
        #expect(steps { _ in }.steps[0] == "sudo adduser kim dialout, then log out and in again")
        #expect(steps { $0.group = "uucp" }.steps[0].contains("adduser kim uucp"))
        let joined = steps { $0.isListedInGroup = true }
        #expect(joined.steps[0] == "log out and in again; in this shell at once: newgrp dialout")
        #expect(steps { $0.isInGroup = true }.steps[0].contains("getfacl"))
        let foreign = steps { ($0.group, $0.groupID, $0.isGroupMapped) = ("nogroup", 65534, false) }
        #expect(
            foreign.steps[0].contains("from outside") && foreign.cause.contains("outside of this container"))
        let nameless = steps { ($0.group, $0.hasNames) = ("20", false) }
        #expect(nameless.steps[0].contains("--group-add 20"))
        for text in [foreign, nameless] { #expect(!text.steps.contains { $0.contains("adduser") }) }
        let root = steps { ($0.group, $0.groupID, $0.mode) = ("root", 0, 0o600) }
        #expect(root.steps[0].contains("70-pwtransfer.rules"))
        #expect(root.cause.contains("mode 0600"))
        #expect(!root.steps.contains { $0.contains("adduser") })
        #expect(PermissionText(nil, path: "/dev/x y").steps == ["see which one: namei -l '/dev/x y'"])
    }

    /// If the user followed such advice, a program would be killed that does not use the port.
    @Test func nobodyIsKilledOnTheWordOfAFile() throws {
        let path = "/var/lock/LCK..ttyUSB0"
        let claimed = try check(.holder) {
            $0.holder = PortHolder(pid: 1, namedBy: path)
            $0.lockFile = LockFile(path: path, pid: 1, credit: .unchecked("REASON"))
        }
        #expect(claimed.finding == .problem)
        #expect(claimed.cause == "nothing else shows it: REASON")
        #expect(claimed.advice.contains { $0.contains("sudo rm \(path)") })
        let refuted = try check(.holder) {
            $0.lockFile = LockFile(path: path, pid: 1, credit: .refuted("REASON"))
        }
        #expect(refuted.finding == .warning)
        #expect(refuted.cause == "REASON")
        for check in [claimed, refuted] { #expect(!check.advice.contains { $0.contains("kill") }) }
        #expect(try check(.holder) { $0.holder = Self.anyProgram }.advice.contains { $0.contains("kill") })
    }

    @Test func whatCannotBeLookedAtIsSaid() throws {
        for name in [Check.Name.holder, .modemManager, .brltty] {
            let check = try check(name) { $0.seenPrograms = .none }
            #expect(check.finding == .notChecked && check.message.contains("/proc"))
        }
        for name in [Check.Name.modemManager, .brltty, .latencyTimer] {
            let check = try check(name) {
                $0.seesDevices = false
                ($0.modemManager, $0.brltty) = (Self.anyProgram, Self.anyProgram)
            }
            #expect(check.finding == .notChecked && check.message.contains("/sys"))
        }
    }

    @Test func modemManager() throws {
        let touched = try check(.modemManager) { $0.modemManager = Self.anyProgram }
        #expect(touched.finding == .warning)
        let ignored = try check(.modemManager) {
            $0.modemManager = Self.anyProgram
            $0.surroundings?.isIgnoredByModemManager = true
        }
        #expect(ignored.finding == .ok)
        #expect(try check(.modemManager) { _ in }.message == "it is not running")
    }

    @Test func brltty() throws {
        #expect(try check(.brltty) { $0.brltty = Self.anyProgram }.finding == .warning)
        let board = try check(.brltty) {
            $0.brltty = Self.anyProgram
            $0.description?.productID = 0x1234
        }
        #expect(board.finding == .ok)
        #expect(try check(.brltty) { $0.surroundings?.brailleDriver = "bm" }.finding == .warning)
    }

    @Test func latencyTimer() throws {
        func timer(_ resting: UInt32?, inUse: UInt32? = nil) throws -> Check.Finding {
            try check(.latencyTimer) {
                $0.surroundings?.latencyTimer = resting
                $0.latencyInUse = inUse
            }.finding
        }
        #expect(try timer(nil) == .ok)
        #expect(try timer(1) == .ok)
        #expect(try timer(16) == .warning)
        #expect(try timer(16, inUse: 16) == .warning)
        #expect(try timer(16, inUse: 1) == .ok)
    }

    @Test func hangUp() throws {
        let kept = LineState(baudRate: 115_200, dropsLinesOnClose: true, droppedLinesOnClose: true)
        #expect(try check(.hangUp) { $0.opening = .opened(kept) }.finding == .warning)
        #expect(try check(.hangUp) { _ in }.message.contains("may have restarted"))
    }

    @Test func rejectedRate() throws {
        let rejected = SerialPortError.rateRejected(path: "/dev/ttyUSB0", requested: 12_000_000, actual: 9600)
        let found = try check(.baud) { $0.opening = .failed(rejected) }
        #expect(found.status?.rawValue == 64)
        #expect(found.message.contains("set 9600"))
    }

    @Test func unreadableDriver() throws {
        let failure = SerialPortError.system(operation: "open", path: "/dev/ttyUSB0", code: .ioError)
        #expect(try check(.port) { $0.opening = .failed(failure) }.status?.rawValue == 74)
    }

    @Test func adapterWithoutPort() {
        let adapter = AdapterWithoutPort(
            vendorID: 0x1A86, productID: 0x7523, name: "USB Serial", isTaken: false)
        let unloaded = Check.missing("x", ports: [], adapters: [adapter], brltty: nil, seesDevices: true)
        #expect(unloaded.advice.first == "load it: sudo modprobe ch341")
        let taken = Check.missing(
            "x", ports: [], adapters: [adapter], brltty: Self.anyProgram, seesDevices: true)
        #expect(taken.advice.first?.contains("remove brltty") == true)
        #expect(taken.status?.rawValue == 69)
    }

    @Test func aForbiddenPortCountsBeforeItsHolder() {
        let diagnosis = Diagnosis(
            port: "p",
            checks: [
                .problem(.holder, .temporary, "held", advice: []),
                .problem(.permission, .noPermission, "forbidden", advice: ["join"]),
            ])
        #expect(Problem(.unhealthy(diagnosis)).status == .noPermission)
        #expect(diagnosis.verdict == "p: forbidden")
    }

    @Test func warningsAreNoFailure() {
        let warning = Check.warning(.latencyTimer, "slow", advice: [])
        #expect(Diagnosis(port: "p", checks: [warning]).obstacle == nil)
        #expect(Diagnosis(port: "p", checks: [warning]).verdict == "p: warning: slow")
        #expect(Diagnosis(port: "p", checks: [warning, warning]).verdict == "p: 2 warnings")
    }

    private static let anyProgram = PortHolder(pid: getpid())

    // MARK: Received bytes

    private func figures(_ bytes: [UInt8]) -> LineSample.Figures {
        var sample = LineSample()
        for byte in bytes { sample.receive([byte].span) { _, _ in } }
        return sample.finish()
    }

    @Test func sampleIsBounded() {
        let figures = figures((0..<20_000).map { UInt8(truncatingIfNeeded: $0 &* 31) })
        #expect(figures.bytes == 20_000)
        #expect(figures.text.count <= 160)
    }

    /// A frame of the device may contain the same bytes, so only the first bytes can be a negotiation.
    @Test func telnetIsNamed() throws {
        let negotiation: [UInt8] = [0xFF, 0xFB, 0x03, 0xFF, 0xFD, 0x00]
        func check(_ bytes: [UInt8]) throws -> Check {
            let line = LineFacts(
                figures: figures(bytes), expected: Conversation.Target(address: .rpc, channel: 1), time: "1 s"
            )
            return try #require(line.checks.first { $0.name == .bytes })
        }
        let found = try check(negotiation)
        #expect(found.finding == .problem && found.message.contains("telnet"))
        #expect(found.advice.first?.contains("rfc2217://") == true)
        #expect(try !check([0x7E] + negotiation).message.contains("telnet"))
        #expect(try !check([0xFF, 0xFB, 0xFF]).message.contains("telnet"))
        #expect(try !check([0xFF, 0xFB]).message.contains("telnet"))
    }

    @Test func withoutUdevItsRulesAreNotKnown() throws {
        let found = try check(.modemManager) {
            $0.modemManager = Self.anyProgram
            $0.description?.isDescribed = false
        }
        #expect(found.finding == .notChecked && found.message.contains("udev does not run"))
    }

    @Test func kinds() {
        #expect(isKind(figures([]), "nothing"))
        #expect(isKind(figures([1, 2, 0x80]), "few"))
        #expect(isKind(figures(Array("boot ok\r\n".utf8)), "text"))
        #expect(isKind(figures(Array(repeating: 0, count: 100)), "noise(isSlow: true)"))
        #expect(
            isKind(figures([0x03, 0x91, 0xA5, 0x52, 0xD4, 0x2B, 0x95, 0x6A, 0xB5]), "noise(isSlow: false)"))
    }

    private func isKind(_ figures: LineSample.Figures, _ name: String) -> Bool { "\(figures.kind)" == name }

    // MARK: Conversation

    @Test func questionsHaveIdsOfTheirOwnAndOthersComeOnce() {
        let asked = Conversation.Target(address: .rpc, channel: 1)
        var conversation = Conversation(with: asked, seen: LineSample.Figures(), seed: .max)
        let first = conversation.question(to: asked)
        #expect(first != conversation.question(to: asked))
        #expect(!conversation.others.contains(asked))
        #expect(Set(conversation.others).count == conversation.others.count)
        #expect(conversation.others.count <= 40)
    }

    @Test func onlyServerErrorsOfTheQuestionAreAnswers() {
        let asked = Conversation.Target(address: .rpc, channel: 1)
        var conversation = Conversation(with: asked, seen: LineSample.Figures(), seed: 0)
        for packet in [
            Packet(.serverStream, channel: 1, method: TransferService.read, callID: 0x1000),
            Packet(.serverError, channel: 1, method: TransferService.write, callID: 0x1000),
            Packet(.serverError, channel: 1, method: TransferService.read, callID: 0xFFF),
        ] {
            conversation.receive(packet, from: asked)
        }
        #expect(conversation.answer == nil)
        let answer = Packet(
            .serverError, channel: 1, method: TransferService.read, callID: 0x1000,
            status: .failedPrecondition)
        conversation.receive(answer, from: asked)
        #expect(conversation.answer?.status == .failedPrecondition)
    }
}
