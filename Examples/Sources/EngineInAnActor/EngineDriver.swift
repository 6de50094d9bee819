import PigweedTransfer

/// A line to a device, such as a port, a socket, or a simulation.
protocol Line: Sendable {
    /// Waits for bytes until `deadline` at the latest; empty if there are none then.
    func receive(until deadline: Instant?) async throws -> [UInt8]
    /// Sends all of them.
    func send(_ bytes: [UInt8]) async throws
    /// The time now, by a clock that never goes back.
    func now() async -> Instant
}

/// Transfers over one line, one after the other.
actor EngineDriver {
    private var engine = TransferEngine(
        configuration: RPCClient.Configuration(), seed: .random(in: 0 ... .max))
    private let line: any Line
    private var file: [UInt8] = []

    init(over line: any Line) {
        self.line = line
    }

    /// Reads a resource.
    func read(_ resource: UInt32) async throws -> [UInt8] {
        file = []
        try await run(.read(resource))
        return file
    }

    /// Writes `data` to a resource.
    func write(_ data: [UInt8], to resource: UInt32) async throws {
        file = data
        try await run(.write(resource, size: UInt64(data.count)))
    }

    private func run(_ request: TransferRequest) async throws {
        try engine.begin(request, at: await line.now())
        while true {
            if let result = takeEvents(at: await line.now()) {
                try await transmit()
                return try result.get()
            }
            provideData(at: await line.now())
            try await transmit()
            let received = try await line.receive(until: engine.nextWake)
            let now = await line.now()
            var position = 0
            repeat {
                engine.receive(received.span, at: &position, now: now)
                if let result = takeEvents(at: now) {
                    try await transmit()
                    return try result.get()
                }
            } while position < received.count
            engine.handleTimeout(at: now)
        }
    }

    /// How the transfer ended, if it did.
    private func takeEvents(at now: Instant) -> Result<Void, TransferFailure>? {
        while let event = engine.nextEvent() {
            switch event {
            case .data:
                engine.appendData(to: &file)
                engine.confirmStored(at: now)
            case .finished(let failure): return failure.map { .failure($0) } ?? .success(())
            case .started, .deviceOutput, .reopenedStream, .restarted, .slowedDown, .readsAgain, .deviceBusy:
                break
            }
        }
        return nil
    }

    /// Gives a write what the device takes now.
    private func provideData(at now: Instant) {
        while let request = engine.dataRequest(at: now) {
            let start = Int(request.offset)
            let end = min(start + request.count, file.count)
            engine.send(file.span.extracting(start..<end), isLast: end == file.count, at: now)
        }
    }

    private func transmit() async throws {
        var output: [UInt8] = []
        engine.transmit(into: &output)
        if !output.isEmpty { try await line.send(output) }
    }
}
