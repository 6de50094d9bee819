internal import ArgumentParser
internal import PigweedTransfer

/// How a transfer is made.
struct TransferOptions: ParsableArguments {
    enum ProtocolName: String, ExpressibleByArgument, CaseIterable {
        case auto, v2, legacy
    }

    /// More are as good as endless, and the time that they take together is still a number.
    private static let retryLimit = Int(UInt32.max)

    @Option(
        help: ArgumentHelp(
            "Begin at this offset of the resource; the file is used from its own start. (default: 0)",
            valueName: "size"))
    var offset: ByteCount?

    @Option(
        name: .customLong("protocol"),
        help: "The protocol to speak; auto asks for version 2 and falls back. (default: auto)")
    var protocolName: ProtocolName?

    @Option(
        help: ArgumentHelp(
            "The most data bytes a chunk; a write never sends more than the device takes. (default: 448)",
            valueName: "size"))
    var chunkSize: ByteCount?

    @Option(
        help: ArgumentHelp(
            "In a read, the most that the device may send before it hears from us. (default: 256KiB)",
            valueName: "size"))
    var window: ByteCount?

    @Option(
        help: ArgumentHelp(
            "In a read, the pause between chunks. (default: none, and the device's own if the device fails without)",
            valueName: "time"))
    var minDelay: TimeSpan?

    @Option(
        help: ArgumentHelp(
            "Silence after the start that counts as one retry; longer for devices that erase flash. (default: 4s)",
            valueName: "time"))
    var startTimeout: TimeSpan?

    @Option(
        help: ArgumentHelp("Silence later on that counts as one retry. (default: 2s)", valueName: "time"))
    var chunkTimeout: TimeSpan?

    @Option(help: ArgumentHelp("Retries without an answer. (default: 3)", valueName: "n"))
    var retries: Number<Int>?

    @Option(help: ArgumentHelp("Retries in the whole transfer. (default: 1500)", valueName: "n"))
    var lifetimeRetries: Number<Int>?

    @Option(
        help: ArgumentHelp("The longest that the whole transfer may take. (default: none)", valueName: "time")
    )
    var deadline: TimeSpan?

    @Option(
        help: ArgumentHelp(
            """
            If the device is unplugged or restarts in mid-transfer, wait until it is back, by whatever name, and go on: \
            --reconnect for ever, --reconnect=TIME at most so long each time.
            """,
            valueName: "time"))
    var reconnect: WaitLimit?

    func validate() throws {
        try TimeSpan.requirePositive([
            "--start-timeout": startTimeout, "--chunk-timeout": chunkTimeout, "--deadline": deadline,
        ])
        if let chunkSize, !(1...UInt64(UInt32.max)).contains(chunkSize.value) {
            throw ValidationError("--chunk-size must be 1 to 4294967295")
        }
        if let window, !(1...UInt64(UInt32.max)).contains(window.value) {
            throw ValidationError("--window must be 1 to 4294967295")
        }
        if let retries, retries.value > Self.retryLimit {
            throw ValidationError("--retries must be at most \(Self.retryLimit)")
        }
        if let lifetimeRetries, lifetimeRetries.value > Self.retryLimit {
            throw ValidationError("--lifetime-retries must be at most \(Self.retryLimit)")
        }
    }

    /// Puts what was asked for into a request.
    func apply(to request: inout TransferRequest) {
        if let offset { request.initialOffset = offset.value }
        switch protocolName {
        case .v2: request.protocolChoice = .version2
        case .legacy: request.protocolChoice = .legacy
        case .auto, nil: request.protocolChoice = .auto
        }
        if let chunkSize {
            request.chunkSize = UInt32(clamping: chunkSize.value)
            request.writeChunkSize = request.chunkSize
        }
        if let window { request.window = UInt32(clamping: window.value) }
        if let minDelay {
            request.minDelay = minDelay.duration
            request.fallBack(to: minDelay.duration)
        } else {
            request.tryWithoutPause()
        }
        if let startTimeout { request.startTimeout = startTimeout.duration }
        if let chunkTimeout { request.chunkTimeout = chunkTimeout.duration }
        if let retries { request.retries = retries.value }
        if let lifetimeRetries { request.lifetimeRetries = lifetimeRetries.value }
    }
}
