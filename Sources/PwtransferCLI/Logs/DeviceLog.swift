internal import PigweedRPC
internal import PigweedTokenizer
internal import TransferClient

/// What to do with the device's log.
struct LogPlan {
    /// Where messages are printed.
    enum Destination {
        /// Nowhere: messages are only judged.
        case none
        /// As events, together with the events of the transfer.
        case events
        /// On standard output, with the time.
        case output
    }

    var destination: Destination
    /// Where messages come from.
    var source: LogSource
    var expectation: LogExpectation?
    /// A file that gets all lines, too.
    var file: RecordFile?
    /// The colors of lines on standard output.
    var palette = Palette(isColored: false)
    /// The name at the beginning of each line, if there are several devices.
    var name: String?
}

/// The log of one device. Decodes what arrives, prints and judges it, and counts what cannot be decoded.
final class DeviceLog {
    private var decoder: LogDecoder
    private let plan: LogPlan
    private var isJudging = false

    /// The verdict of the first message that had one.
    private(set) var verdict: LogExpectation.Verdict?
    /// The number of messages since ``judge()``.
    private(set) var judgedCount = 0

    init(_ database: TokenDatabase, _ plan: LogPlan) {
        decoder = LogDecoder(database)
        self.plan = plan
    }

    /// From now on, messages are judged.
    func judge() { isJudging = true }

    /// Forgets the verdict. Messages do not count until ``judge()``.
    func stopJudging() {
        isJudging = false
        verdict = nil
        judgedCount = 0
    }

    /// Forgets the verdict, since the device restarts. From now on, messages are judged.
    func judgeAnew() {
        stopJudging()
        deviceRestarted()
        judge()
    }

    /// After its restart, the device numbers its messages from the start again.
    func deviceRestarted() { decoder.deviceRestarted() }

    /// Whether to open the log service of the device.
    var usesService: Bool { plan.source != .line }

    /// Whether the log service is the only source of messages.
    var needsService: Bool { plan.source == .rpc }

    /// Whether a certain text must come.
    var expectsText: Bool { plan.expectation?.expected != nil }

    /// Decodes, prints and judges output of the device.
    func take(_ bytes: [UInt8], _ place: DeviceOutputPlace, telling output: Output) {
        guard plan.source.includes(place) else { return }
        let messages =
            switch place {
            case .logFrame: decoder.decode(frame: bytes)
            case .betweenFrames: decoder.decode(text: bytes)
            case .logService: decoder.decode(entries: bytes)
            }
        for message in messages {
            show(message, telling: output)
            guard isJudging, message.lostCount == nil else { continue }
            judgedCount += 1
            if verdict == nil { verdict = plan.expectation?.verdict(on: message) }
        }
        for message in decoder.takeCollisions() {
            let candidates = message.candidates.map { "\"\($0.text)\"" }.joined(separator: ", ")
            output.log(
                .info, "\(message.undecodedText) has several strings in the token database: \(candidates)")
        }
    }

    private func show(_ message: LogMessage, telling output: Output) {
        let name = plan.name.map { "\($0): " } ?? ""
        if let file = plan.file {
            let line =
                "\(LogText.time(isDated: true)) \(name)\(LogText.line(message, Palette(isColored: false)))\n"
            _ = file.append(Array(line.utf8))
        }
        switch plan.destination {
        case .none: break
        case .output where !output.isJSON:
            let time = plan.palette.paint(LogText.time(isDated: false), .dim)
            Console.print("\(time) \(name)\(LogText.line(message, plan.palette))")
        case .events, .output: output.tell(.deviceOutput(message))
        }
    }

    /// Reports how many messages are missing or could not be decoded.
    func conclude(telling output: Output) {
        if decoder.lostCount > 0 {
            output.note(
                .messagesLost, "messages of the device's log that are missing: \(decoder.lostCount)")
        }
        guard decoder.unknownCount > 0 else { return }
        let tokens = decoder.unknownTokens.count
        output.note(
            .tokensUnknown,
            """
            \(decoder.unknownCount) messages with \(tokens) different tokens are not in the token database: it does not \
            belong to this firmware, or a part is missing (--token-database)
            """)
    }
}
