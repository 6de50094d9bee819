import PigweedTransfer

/// The engine in an actor. A span of the engine's data would abort there, so the data are appended to arrays.
actor Driver {
    private var engine = TransferEngine(configuration: RPCClient.Configuration(), seed: 1)
    private var file: [UInt8] = []

    func start() throws -> [UInt8] {
        var settings = TransferSettings()
        settings.chunkSize = 128
        try engine.begin(.read(3, settings: settings), at: .zero)
        var line: [UInt8] = []
        engine.transmit(into: &line)
        return line
    }

    func take() -> Int {
        engine.appendData(to: &file)
        engine.appendDeviceOutput(to: &file)
        engine.confirmStored(at: .zero)
        return file.count
    }
}

let driver = Driver()
let start = try await driver.start()
precondition(!start.isEmpty)
let stored = await driver.take()
precondition(stored == 0)
precondition("\(TransferFailure.device(.notFound))" == "the device ended the transfer with NOT_FOUND")
