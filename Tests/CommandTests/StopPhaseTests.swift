internal import Glibc
internal import TestSupport
internal import Testing

/// A stop in each phase of a transfer, which lost chunks hold up. The device has one context, and the next transfer
/// gets it at once. The next transfer goes in the other direction, since opening the same stream again would also
/// free the context.
@Suite struct StopPhaseTests {
    /// A phase: the chunks that are always lost, and the line of the trace after which nothing else happens.
    struct Phase: CustomTestStringConvertible {
        var name: String
        var fault: String
        var line: String
        var testDescription: String { name }

        init(_ name: String, losing fault: String, after line: String) {
            self.name = name
            self.fault = fault
            self.line = line
        }
    }

    private static let content = patternBytes(2000)
    private static let other = patternBytes(1500)

    @Test(arguments: [
        Phase("start", losing: "to-client:chunk-dropper=start-ack", after: "| START "),
        Phase(
            "confirmation", losing: "to-device:chunk-dropper=start-ack-confirmation",
            after: "| START_ACK_CONFIRMATION "),
        Phase("data", losing: "to-client:chunk-dropper=data,first=2", after: "| DATA "),
        Phase("last data", losing: "to-client:chunk-dropper=final-data", after: "| PARAMETERS_RETRANSMIT "),
    ])
    func read(in phase: Phase) throws {
        let board = try board(losing: phase, of: .read)
        let command = try RunningCommand(
            ["read", "3", "--port", board.port, "--trace", "-o", board.file("out.bin")])
        try command.errorLine(containing: phase.line)
        command.signal(SIGINT)
        let result = try command.result()
        #expect(result.exitCode == 130)
        #expect(result.errors.contains("stopped on request"))
        #expect(board.directory.names == ["board", "flash.bin", "in.bin"])
        try expectFree(board, .read, status: "CANCELLED")
    }

    @Test("data that are here and cannot be stored are not acknowledged")
    func readBeforeTheCompletion() throws {
        let board = try board(content: patternBytes(400))
        // Nobody reads the pipe, and it is full.
        var ends: [Int32] = [-1, -1]
        #expect(pipe(&ends) == 0)
        defer { ends.forEach { close($0) } }
        for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
        _ = fcntl(ends[1], F_SETFL, O_NONBLOCK)
        let filling = [UInt8](repeating: 0, count: 4096)
        while Glibc.write(ends[1], filling, filling.count) > 0 {}
        _ = fcntl(ends[1], F_SETFL, 0)

        let command = try RunningCommand(
            ["read", "3", "--port", board.port, "--trace", "-o", "-"], output: ends[1])
        try command.errorLine(containing: "remaining=0")
        command.signal(SIGINT)
        let result = try command.result()
        #expect(result.exitCode == 130)
        #expect(!result.errors.contains("status=OK"))
        try expectFree(board, .read, status: "CANCELLED")
    }

    /// Such a read lacks only the device's acknowledgement, for which it does not wait longer than the stop allows.
    @Test("a read that only waits for its acknowledgement is complete", arguments: [false, true])
    func readAfterTheCompletion(isAcknowledged: Bool) throws {
        let phase = Phase(
            "completion", losing: "to-client:chunk-dropper=completion-ack", after: "| COMPLETION ")
        // The client measures how long an answer takes, and waits that long for an acknowledgement.
        let board = try board(["--latency", "100ms"], losing: isAcknowledged ? nil : phase, of: .read)
        let command = try RunningCommand(
            ["read", "3", "--port", board.port, "--trace", "-o", board.file("out.bin")])
        try command.errorLine(containing: phase.line)
        command.signal(SIGINT)
        let result = try command.result()
        #expect(result.exitCode == 0, "\(result.errors)")
        #expect(try contents(of: board.file("out.bin")) == Self.content)
        #expect(board.directory.names == ["board", "flash.bin", "in.bin", "out.bin"])
        try expectFree(board, .read, status: "OK")
    }

    @Test(arguments: [
        Phase("start", losing: "to-client:chunk-dropper=start-ack", after: "| START "),
        Phase(
            "parameters", losing: "to-client:chunk-dropper=parameters-retransmit",
            after: "| START_ACK_CONFIRMATION "),
        Phase("data", losing: "to-device:chunk-dropper=data", after: "| DATA "),
        Phase("completion", losing: "to-client:chunk-dropper=completion", after: "remaining=0"),
    ])
    func write(in phase: Phase) throws {
        let board = try board(losing: phase, of: .write)
        let command = try RunningCommand([
            "write", "2", board.file("in.bin"), "--port", board.port, "--trace",
        ])
        try command.errorLine(containing: phase.line)
        command.signal(SIGINT)
        #expect(try command.result().exitCode == 130)
        // A transfer that has ended on the device cannot be undone.
        try expectFree(board, .write, status: phase.name == "completion" ? "OK" : "CANCELLED")
    }

    /// The device answers the start of a client that is gone. Nobody confirms the answer, and no timer runs (rule
    /// 12). The device was busy for too long to notice the stream of the next client (pitfall 32).
    @Test func sessionOfAKilledClientIsDropped() throws {
        let board = try board(["--prepare-delay", "2200ms"])
        // On a slow line, the client sends only one start.
        let command = ["write", "2", board.file("in.bin"), "--port", board.port, "--baud", "9600"]
        let killed = try RunningCommand(command + ["--trace"])
        try killed.errorLine(containing: "| START ")
        killed.signal(SIGKILL)
        _ = try killed.result()
        let next = try RunningCommand(command).result()
        #expect(next.exitCode == 0, "\(next.errors)")
        #expect(try contents(of: board.file("flash.bin")) == Self.other)
    }

    // MARK: The board

    private enum Direction: String {
        case read, write

        var resource: Int { self == .read ? 3 : 2 }
    }

    private func board(
        _ options: [String] = [], losing phase: Phase? = nil, of direction: Direction = .read,
        content: [UInt8] = content
    ) throws -> Board {
        let faults = phase.map { ["--fault", "\($0.fault),count=all,direction=\(direction.rawValue)"] } ?? []
        let board = try Board(
            ["--min-delay", "0", "--contexts", "1"] + options + faults, content: content)
        try TestSupport.write(Self.other, to: board.file("in.bin"))
        return board
    }

    /// Expects that the stopped transfer ended on the device with this status, and that the device accepts the next
    /// one.
    private func expectFree(_ board: Board, _ stopped: Direction, status: String) throws {
        let next =
            switch stopped {
            case .read: try pwtransfer("write", "2", board.file("in.bin"), "--port", board.port)
            case .write: try pwtransfer("read", "3", "--port", board.port, "-o", board.file("next.bin"))
            }
        #expect(next.exitCode == 0, "\(next.errors)")
        board.command.signal(SIGINT)
        let lines = try board.command.result().errors
        #expect(lines.contains("\(stopped.rawValue) of resource \(stopped.resource): \(status)"), "\(lines)")
        #expect(!lines.contains("RESOURCE_EXHAUSTED"))
    }
}
