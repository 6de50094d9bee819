internal import ArgumentParser
internal import PigweedRPC
internal import PigweedTransfer

private let defaults = TransferSettings()

/// How a transfer is made.
struct TransferOptions: ParsableArguments {
    enum ProtocolName: String, ExpressibleByArgument, CaseIterable {
        case auto, v2, legacy
    }

    /// More retries would never end in practice, and the total time of this many still fits into a number.
    private static let retryLimit = Int(UInt32.max)
    /// The largest chunk whose frame is received: the address, the packet and the check sequence need less than the
    /// rest.
    private static let largestChunk = UInt64(RPCClient.Configuration().maximumFrameContent - 128)

    @Option(
        help: ArgumentHelp(
            "Start at this offset of the resource; the file is used from its own start. (default: 0)",
            valueName: "size", visibility: .rare))
    var offset: ByteCount?

    @Option(
        name: .customLong("protocol"),
        help: ArgumentHelp(
            "The protocol; auto asks for version 2 and falls back to legacy. (default: auto)",
            visibility: .rare))
    var protocolName: ProtocolName?

    @Option(
        help: ArgumentHelp(
            """
            Maximum chunk size, at most \(largestChunk) bytes; a write also obeys the device's limit. \
            (default: \(defaults.chunkSize) in a read)
            """,
            valueName: "size", visibility: .rare))
    var chunkSize: ByteCount?

    @Option(
        help: ArgumentHelp(
            """
            Maximum bytes in flight, for reads and the readback of a write; a write obeys the device's window. \
            (default: \(DefaultText.size(defaults.window)))
            """,
            valueName: "size", visibility: .rare))
    var window: ByteCount?

    @Option(
        help: ArgumentHelp(
            """
            Pause between chunks, for reads and the readback of a write; a write keeps the pause that the device asks \
            for. (default: none; after DATA_LOSS the read is tried once with the device's own)
            """,
            valueName: "time", visibility: .rare))
    var minDelay: TimeSpan?

    @Option(
        help: ArgumentHelp(
            """
            How long to wait for the first answer before retrying; longer for devices that erase flash. \
            (default: \(DefaultText.time(defaults.startTimeout)))
            """,
            valueName: "time"))
    var startTimeout: TimeSpan?

    @Option(
        help: ArgumentHelp(
            "How long to wait later on before retrying. (default: \(DefaultText.time(defaults.chunkTimeout)))",
            valueName: "time", visibility: .rare))
    var chunkTimeout: TimeSpan?

    @Option(
        help: ArgumentHelp(
            "Retries in a row without an answer. (default: \(defaults.retries))", valueName: "n",
            visibility: .rare))
    var retries: Number<Int>?

    @Option(
        help: ArgumentHelp(
            "Retries in the whole transfer. (default: \(defaults.lifetimeRetries))", valueName: "n",
            visibility: .rare))
    var lifetimeRetries: Number<Int>?

    @Option(
        help: ArgumentHelp("Maximum time for the whole transfer. (default: none)", valueName: "time")
    )
    var deadline: TimeSpan?

    @Option(
        help: ArgumentHelp(
            """
            If the device is unplugged or restarts in the middle, wait until it is back, under whatever name, and \
            continue; each time for ever, or at most this long.
            """,
            valueName: "=time"))
    var reconnect: WaitLimit?

    func validate() throws {
        try TimeSpan.requirePositive([
            "--start-timeout": startTimeout, "--chunk-timeout": chunkTimeout, "--deadline": deadline,
        ])
        try ByteCount.require32Bits(["--chunk-size": chunkSize, "--window": window])
        guard chunkSize?.value ?? 0 <= Self.largestChunk else {
            throw ValidationError(
                "--chunk-size must be at most \(Self.largestChunk): longer frames are not received")
        }
        for (option, count) in [("--retries", retries), ("--lifetime-retries", lifetimeRetries)] {
            guard let count, count.value > Self.retryLimit else { continue }
            throw ValidationError("\(option) must be at most \(Self.retryLimit)")
        }
    }

    /// The request with the values of the options, for a line of this rate.
    func prepared(_ request: TransferRequest, lineRate: UInt32? = nil) -> TransferRequest {
        var request = request
        request.lineRate = lineRate
        if let offset { request.initialOffset = offset.value }
        switch protocolName {
        case .v2: request.version = .version2
        case .legacy: request.version = .legacy
        case .auto, nil: request.version = nil
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
        return request
    }
}
