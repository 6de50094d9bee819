import PigweedTransfer

/// A filter that has a textual form: `NAME[=VALUE][,KEY=VALUE][,FLAG]...`
protocol TextualFilter: FaultFilter {
    static var name: String { get }
    /// What stands behind the name.
    static var form: String { get }
    /// What it does, in a few words.
    static var summary: String { get }
    init(arguments: inout FaultArguments) throws(FaultTextError)
    /// What stands behind the name of this one.
    var argumentText: String { get }
}

extension TextualFilter {
    var faultText: String {
        let seed = (self as? any SeededFilter)?.random.seed
        return Self.name + argumentText + (seed.map { ",seed=\($0)" } ?? "")
    }

    static func parse(_ text: Substring?) throws(FaultTextError) -> Self {
        var arguments = try FaultArguments(name: name, text: text, form: form)
        let filter = try Self(arguments: &arguments)
        try arguments.finish(takesValue: !form.isEmpty)
        return filter
    }
}

/// All filters that can be written.
let textualFilters: [any TextualFilter.Type] = [
    HdlcPacketizer.self, DataDropper.self, DataTransposer.self, ServerFailure.self, KeepDropQueue.self,
    RateLimiter.self, WindowPacketDropper.self, ChunkDropper.self, FrameDuplicator.self, Stall.self,
    BitFlipper.self, ByteDropper.self, ByteRepeater.self, Burst.self, NoiseInjector.self, TextInjector.self,
    LogInjector.self,
]

/// A filter with a rate and nothing else.
protocol RatedFilter: TextualFilter, SeededFilter {
    var rate: Double { get }
    init(rate: Double, seed: UInt64?)
}

extension RatedFilter {
    static var form: String { "=RATE[,seed=N]" }

    init(arguments: inout FaultArguments) throws(FaultTextError) {
        self.init(rate: try arguments.value(.rate), seed: try arguments.option("seed", .seed))
    }

    var argumentText: String { "=\(rate)" }
}

/// A filter that puts a text before frames or into them.
protocol InjectedTextFilter: TextualFilter, SeededFilter {
    var between: Double { get }
    var inside: Double { get }
    var text: String { get }
    init(between: Double, inside: Double, text: String, seed: UInt64?)
}

extension InjectedTextFilter {
    static var form: String { "=RATE[,inside=RATE][,text=TEXT][,seed=N]" }

    init(arguments: inout FaultArguments) throws(FaultTextError) {
        self.init(
            between: try arguments.value(.rate), inside: try arguments.option("inside", .rate) ?? 0,
            text: try arguments.option("text", .text) ?? TextInjector.defaultText,
            seed: try arguments.option("seed", .seed))
    }

    var argumentText: String { "=\(between),inside=\(inside)" + textOption(text) }
}

private func flags(_ flags: [(name: String, isSet: Bool)]) -> String {
    flags.map { $0.isSet ? ",\($0.name)" : "" }.joined()
}

extension HdlcPacketizer: TextualFilter {
    static let name = "hdlc-packetizer"
    static let form = ""
    static let summary = "only whole valid frames pass"

    init(arguments: inout FaultArguments) throws(FaultTextError) { self.init() }

    var argumentText: String { "" }
}

extension DataTransposer: TextualFilter {
    static let name = "data-transposer"
    static let form = "=RATE[,timeout=TIME][,seed=N]"
    static let summary = "frames change places with the next; after the timeout (500ms) they go on alone"

    init(arguments: inout FaultArguments) throws(FaultTextError) {
        self.init(
            rate: try arguments.value(.rate),
            timeout: try arguments.option("timeout", .duration) ?? .milliseconds(500),
            seed: try arguments.option("seed", .seed))
    }

    var argumentText: String { "=\(rate),timeout=\(FaultNumber.text(timeout))" }
}

extension ServerFailure: TextualFilter {
    static let name = "server-failure"
    static let form = "=N[/N...][,start-immediately][,only-chunks]"
    static let summary = "after each START in the other direction N frames pass, then none"

    init(arguments: inout FaultArguments) throws(FaultTextError) {
        self.init(
            packetsBeforeFailure: try arguments.value(.counts(allowsInfinity: false)),
            startsImmediately: try arguments.flag("start-immediately"),
            onlyTransferChunks: try arguments.flag("only-chunks"))
    }

    var argumentText: String {
        "=" + packetsBeforeFailure.map { "\($0)" }.joined(separator: "/")
            + flags([("start-immediately", startsImmediately), ("only-chunks", onlyTransferChunks)])
    }
}

extension KeepDropQueue: TextualFilter {
    static let name = "keep-drop-queue"
    static let form = "=KEEP[/DROP/KEEP...][,only-chunks]"
    static let summary = "frames pass and are lost by turns; -1 means all that follow"

    init(arguments: inout FaultArguments) throws(FaultTextError) {
        self.init(
            try arguments.value(.counts(allowsInfinity: true)),
            onlyTransferChunks: try arguments.flag("only-chunks"))
    }

    var argumentText: String {
        "=" + queue.map { "\($0 < 0 ? -1 : $0)" }.joined(separator: "/")
            + flags([("only-chunks", onlyTransferChunks)])
    }
}

extension RateLimiter: TextualFilter {
    static let name = "rate-limiter"
    static let form = "=BYTES[,buffer=BYTES]"
    static let summary =
        "so many bytes a second; the sender is held back while more than the buffer (2048) wait"

    init(arguments: inout FaultArguments) throws(FaultTextError) {
        self.init(
            rate: try arguments.value(.positive), buffer: try arguments.option("buffer", .count) ?? 2048)
    }

    var argumentText: String { "=\(rate),buffer=\(buffer)" }
}

extension WindowPacketDropper: TextualFilter {
    static let name = "window-packet-dropper"
    static let form = "=N"
    static let summary = "of each window this data chunk is lost, 0 for the first"

    init(arguments: inout FaultArguments) throws(FaultTextError) {
        self.init(packet: try arguments.value(.count))
    }

    var argumentText: String { "=\(packet)" }
}

extension ChunkDropper: TextualFilter {
    static let name = "chunk-dropper"
    static let form = "=KIND[,first=N][,count=N|all][,direction=read|write]"
    static let summary =
        "certain chunks are lost, one unless told otherwise: "
        + selections.map(\.name).joined(separator: ", ")

    static let selections: [(name: String, value: Selection)] = [
        ("any", .any), ("data", .kind(.data)), ("final-data", .finalData), ("start", .kind(.start)),
        ("start-ack", .kind(.startAck)), ("start-ack-confirmation", .kind(.startAckConfirmation)),
        ("parameters-retransmit", .kind(.parametersRetransmit)),
        ("parameters-continue", .kind(.parametersContinue)), ("completion", .kind(.completion)),
        ("completion-ack", .kind(.completionAck)),
    ]

    init(arguments: inout FaultArguments) throws(FaultTextError) {
        let directions: [(String, Direction)] = [("read", .read), ("write", .write)]
        self.init(
            try arguments.value(.choice(Self.selections)),
            direction: try arguments.option("direction", .choice(directions)),
            first: try arguments.option("first", .positive) ?? 1,
            count: try arguments.option("count", .positiveOrAll) ?? 1)
    }

    var argumentText: String {
        var text = "=" + (Self.selections.first { $0.value == selection }?.name ?? "")
        if first != 1 { text += ",first=\(first)" }
        if count != 1 { text += ",count=" + (count.map { "\($0)" } ?? "all") }
        return text + (direction.map { ",direction=\($0)" } ?? "")
    }
}

extension Stall: TextualFilter {
    static let name = "stall"
    static let form = "=TIME[,rate=RATE][,after=TIME][,seed=N]"
    static let summary =
        "the line stands still for a time: at random frames, or once some time after the first"

    init(arguments: inout FaultArguments) throws(FaultTextError) {
        self.init(
            try arguments.value(.duration), rate: try arguments.option("rate", .rate) ?? 0,
            after: try arguments.option("after", .duration), seed: try arguments.option("seed", .seed))
    }

    var argumentText: String {
        "=" + FaultNumber.text(duration) + (rate != 0 ? ",rate=\(rate)" : "")
            + (after.map { ",after=" + FaultNumber.text($0) } ?? "")
    }
}

extension DataDropper: RatedFilter {
    static let name = "data-dropper"
    static let summary = "frames are lost"
}

extension FrameDuplicator: RatedFilter {
    static let name = "frame-duplicator"
    static let summary = "frames arrive twice"
}

extension BitFlipper: RatedFilter {
    static let name = "bit-flipper"
    static let summary = "bytes arrive with one bit wrong"
}

extension ByteDropper: RatedFilter {
    static let name = "byte-dropper"
    static let summary = "bytes are lost"
}

extension ByteRepeater: RatedFilter {
    static let name = "byte-repeater"
    static let summary = "bytes arrive twice"
}

extension Burst: TextualFilter {
    static let name = "burst"
    static let form = "=RATE[,length=N][,effect=lose|garble][,seed=N]"
    static let summary =
        "runs of bytes, 16 unless told otherwise, are garbled or lost; the rate is that of a byte"

    init(arguments: inout FaultArguments) throws(FaultTextError) {
        self.init(
            rate: try arguments.value(.rate), length: try arguments.option("length", .positive) ?? 16,
            effect: try arguments.option("effect", .choice) ?? .garble,
            seed: try arguments.option("seed", .seed))
    }

    var argumentText: String { "=\(rate),length=\(length),effect=\(effect.rawValue)" }
}

extension NoiseInjector: TextualFilter {
    static let name = "noise-injector"
    static let form = "=RATE[,inside=RATE][,length=N][,seed=N]"
    static let summary = "up to N (16) random bytes come before a frame, or inside"

    init(arguments: inout FaultArguments) throws(FaultTextError) {
        self.init(
            between: try arguments.value(.rate), inside: try arguments.option("inside", .rate) ?? 0,
            length: try arguments.option("length", .positive) ?? 16,
            seed: try arguments.option("seed", .seed))
    }

    var argumentText: String { "=\(between),inside=\(inside),length=\(length)" }
}

extension TextInjector: InjectedTextFilter {
    static let name = "text-injector"
    static let summary = "console text comes before a frame, or inside"
}

extension LogInjector: InjectedTextFilter {
    static let name = "log-injector"
    static let summary = "log frames (address 1) come before a frame, or inside"
}

/// A text as an option, if it is not the usual one.
func textOption(_ text: String) -> String {
    text == TextInjector.defaultText ? "" : ",text=" + FaultNumber.escaped(text)
}
