import PigweedRPC
import PigweedTransfer

extension FaultForm<DeviceFault> {
    static let ofDevices: [Self] =
        DeviceFault.Accident.allCases.flatMap(accidents) + [
            delay("deaf-after-request", "what comes this soon behind the request for a stream is lost") {
                .deafAfterRequest($0)
            },
            delay("slow-output", "reads with a shorter pause between chunks end with DATA_LOSS") {
                .slowOutput($0)
            },
            delay("slow-prepare", "a transfer takes this long to begin") { .slowPrepare($0) },
            delay("slow-write", "each chunk takes this long to store") { .slowWrite($0) },
            delay("slow-finalize", "a write takes this long to end") { .slowFinalize($0) },
            Self(
                "pause", "=TIME,after=BYTES[,every=BYTES]",
                "the device stops sending after this many bytes, and again after each further amount"
            ) { arguments throws(FaultTextError) in
                let duration = try arguments.value(.duration)
                guard let after = try arguments.option("after", .positive) else {
                    throw arguments.error("after is missing")
                }
                return .pause(
                    DevicePause(duration, after: after, every: try arguments.option("every", .positive)))
            },
            Self(
                "console",
                "=INTERVAL[,form=frames|text|base64|tokens|rpc][,text=TEXT][,from=contact|start|restart][,drop=N]",
                """
                the device logs a line again and again: as text in frames or between them, as tokens, or by pw.log.Logs; \
                %u in it is its number; each Nth is dropped
                """
            ) { arguments throws(FaultTextError) in
                let interval = try arguments.value(.duration)
                let form = try arguments.option("form", FaultValue<ConsoleOutput.Form>.choice)
                let text = try arguments.option("text", .text)
                let beginning = try arguments.option("from", FaultValue<ConsoleOutput.Beginning>.choice)
                let drop = try arguments.option("drop", .positive)
                return .console(
                    ConsoleOutput(
                        every: interval, as: form ?? .frames, text: text ?? ConsoleOutput.defaultText,
                        from: beginning ?? .contact, drop: drop))
            },
            Self(
                "stored-bit-flip", "=OFFSET",
                "writes store the byte at this offset of the resource with a wrong bit"
            ) { arguments throws(FaultTextError) in
                .storedBitFlip(UInt32(clamping: try arguments.value(.count)))
            },
            Self(
                "listing", "=FAULT",
                "lists of files are wrong: " + names(ListingFault.self)
            ) { arguments throws(FaultTextError) in
                .listing(try arguments.value(FaultValue<ListingFault>.choice))
            },
            Self(
                "refuse", "=STATUS[,resource=N]",
                "transfers, of one resource or of all, are refused with a status such as DATA_LOSS"
            ) { arguments throws(FaultTextError) in
                .refuse(
                    try arguments.value(.status), resource: try arguments.option("resource", .resource))
            },
            Self("silent", "", "the device never answers") { _ throws(FaultTextError) in
                .accident(.fallSilent, when: .after(.zero))
            },
        ]

    private static func delay(
        _ name: String, _ summary: String, _ fault: @escaping @Sendable (Duration) -> DeviceFault
    ) -> Self {
        Self(name, "=TIME", summary) { arguments throws(FaultTextError) in
            fault(try arguments.value(.duration))
        }
    }

    private static func names<Value: CaseIterable & RawRepresentable<String>>(_: Value.Type) -> String {
        Value.allCases.map(\.rawValue).joined(separator: ", ")
    }

    private static func accidents(_ accident: DeviceFault.Accident) -> [Self] {
        let effect =
            switch accident {
            case .reset: "the device restarts"
            case .hangUp: "the device restarts and its port goes away"
            case .unplug: "the device goes away for good"
            case .fallSilent: "the device answers nothing any more"
            }
        func form(
            _ suffix: String, _ arguments: String, _ time: String,
            _ moment: @escaping FaultForm<DeviceFault.Moment>.Reader
        ) -> Self {
            Self("\(accident.rawValue)-\(suffix)", arguments, "\(effect) \(time)") {
                arguments throws(FaultTextError) in
                .accident(accident, when: try moment(&arguments))
            }
        }
        return [
            form("after", "=TIME", "this long after it was first spoken to") {
                arguments throws(FaultTextError) in .after(try arguments.value(.duration))
            },
            form("after-chunks", "=N", "after this many chunks, received and sent") {
                arguments throws(FaultTextError) in .afterChunks(try arguments.value(.positive))
            },
            form("in-state", "=STATE", "when a transfer is \(names(DeviceState.self))") {
                arguments throws(FaultTextError) in
                .inState(try arguments.value(FaultValue<DeviceState>.choice))
            },
            form("at-offset", "=N", "when a transfer has come to this offset of its resource") {
                arguments throws(FaultTextError) in .atOffset(try arguments.value(.positive))
            },
            form("after-write", "=TIME", "this long after a write is complete") {
                arguments throws(FaultTextError) in .afterWrite(try arguments.value(.duration))
            },
        ]
    }
}

extension DeviceFault {
    var text: String {
        switch self {
        case .accident(let accident, .after(let time)): "\(accident.rawValue)-after=" + FaultNumber.text(time)
        case .accident(let accident, .afterChunks(let count)): "\(accident.rawValue)-after-chunks=\(count)"
        case .accident(let accident, .inState(let state)): "\(accident.rawValue)-in-state=\(state.rawValue)"
        case .accident(let accident, .atOffset(let offset)): "\(accident.rawValue)-at-offset=\(offset)"
        case .accident(let accident, .afterWrite(let time)):
            "\(accident.rawValue)-after-write=" + FaultNumber.text(time)
        case .refuse(let status, nil): "refuse=\(status)"
        case .refuse(let status, let resource?): "refuse=\(status),resource=\(resource)"
        case .deafAfterRequest(let time): "deaf-after-request=" + FaultNumber.text(time)
        case .slowOutput(let time): "slow-output=" + FaultNumber.text(time)
        case .slowPrepare(let time): "slow-prepare=" + FaultNumber.text(time)
        case .slowWrite(let time): "slow-write=" + FaultNumber.text(time)
        case .slowFinalize(let time): "slow-finalize=" + FaultNumber.text(time)
        case .pause(let pause):
            "pause=" + FaultNumber.text(pause.duration) + ",after=\(pause.after)"
                + (pause.every.map { ",every=\($0)" } ?? "")
        case .console(let output):
            "console=" + FaultNumber.text(output.interval) + ",form=\(output.form.rawValue)"
                + textOption(output.text)
                + (output.beginning == .contact ? "" : ",from=\(output.beginning.rawValue)")
                + (output.drop.map { ",drop=\($0)" } ?? "")
        case .storedBitFlip(let offset): "stored-bit-flip=\(offset)"
        case .listing(let fault): "listing=\(fault.rawValue)"
        }
    }
}
