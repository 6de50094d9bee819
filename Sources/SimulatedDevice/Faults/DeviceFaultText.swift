import PigweedRPC
import PigweedTransfer

/// A name of a device fault, with what stands behind it.
struct DeviceFaultName: Sendable {
    let name: String
    let form: String
    let summary: String
    let parse: @Sendable (inout FaultArguments) throws(FaultTextError) -> DeviceFault

    static let all: [DeviceFaultName] =
        DeviceFault.Accident.allCases.flatMap(accidents) + [
            DeviceFaultName(
                name: "deaf-after-request", form: "=TIME",
                summary: "what comes this soon behind the request that opens a stream is lost"
            ) {
                arguments throws(FaultTextError) in .deafAfterRequest(try arguments.value(.duration))
            },
            DeviceFaultName(
                name: "slow-output", form: "=TIME",
                summary: "reads with a shorter pause between chunks end with DATA_LOSS after some chunks"
            ) { arguments throws(FaultTextError) in .slowOutput(try arguments.value(.duration)) },
            DeviceFaultName(
                name: "slow-prepare", form: "=TIME", summary: "a transfer takes this long to begin"
            ) {
                arguments throws(FaultTextError) in .slowPrepare(try arguments.value(.duration))
            },
            DeviceFaultName(name: "slow-write", form: "=TIME", summary: "each chunk takes this long to store")
            {
                arguments throws(FaultTextError) in .slowWrite(try arguments.value(.duration))
            },
            DeviceFaultName(name: "slow-finalize", form: "=TIME", summary: "a write takes this long to end") {
                arguments throws(FaultTextError) in .slowFinalize(try arguments.value(.duration))
            },
            DeviceFaultName(
                name: "console", form: "=INTERVAL[,form=frames|text][,text=TEXT]",
                summary: "the device prints a line again and again, in log frames or as raw text"
            ) { arguments throws(FaultTextError) in
                let interval = try arguments.value(.duration)
                let form = try arguments.option("form", FaultValue<ConsoleOutput.Form>.choice)
                let text = try arguments.option("text", .text)
                return .console(
                    ConsoleOutput(
                        every: interval, as: form ?? .frames, text: text ?? TextInjector.defaultText))
            },
            DeviceFaultName(
                name: "stored-bit-flip", form: "=OFFSET",
                summary: "writes store the byte at this offset of the resource with a wrong bit"
            ) { arguments throws(FaultTextError) in
                .storedBitFlip(UInt32(clamping: try arguments.value(.count)))
            },
            DeviceFaultName(
                name: "listing", form: "=FAULT",
                summary: "lists of files are wrong: "
                    + ListingFault.allCases.map(\.rawValue).joined(separator: ", ")
            ) {
                arguments throws(FaultTextError) in
                .listing(try arguments.value(FaultValue<ListingFault>.choice))
            },
            DeviceFaultName(
                name: "refuse", form: "=STATUS[,resource=N]",
                summary: "transfers, of one resource or of all, are refused with a status such as DATA_LOSS"
            ) { arguments throws(FaultTextError) in
                .refuse(
                    try arguments.value(.status), resource: try arguments.option("resource", .resource))
            },
            DeviceFaultName(name: "silent", form: "", summary: "the device never answers") {
                arguments throws(FaultTextError) in
                try arguments.takesNoValue()
                return .accident(.fallSilent, when: .after(.zero))
            },
        ]

    private static func accidents(_ accident: DeviceFault.Accident) -> [DeviceFaultName] {
        let effect =
            switch accident {
            case .reset: "the device restarts"
            case .hangUp: "the device restarts and its port goes away"
            case .unplug: "the device goes away for good"
            case .fallSilent: "the device answers nothing any more"
            }
        return [
            DeviceFaultName(
                name: "\(accident.rawValue)-after", form: "=TIME",
                summary: "\(effect) this long after it was first spoken to"
            ) { arguments throws(FaultTextError) in
                .accident(accident, when: .after(try arguments.value(.duration)))
            },
            DeviceFaultName(
                name: "\(accident.rawValue)-after-chunks", form: "=N",
                summary: "\(effect) after so many chunks, received and sent"
            ) { arguments throws(FaultTextError) in
                .accident(accident, when: .afterChunks(try arguments.value(.positive)))
            },
            DeviceFaultName(
                name: "\(accident.rawValue)-in-state", form: "=STATE",
                summary: "\(effect) when a transfer is "
                    + DeviceState.allCases.map(\.rawValue).joined(separator: ", ")
            ) { arguments throws(FaultTextError) in
                .accident(accident, when: .inState(try arguments.value(FaultValue<DeviceState>.choice)))
            },
            DeviceFaultName(
                name: "\(accident.rawValue)-at-offset", form: "=N",
                summary: "\(effect) when a transfer has come to this offset of its resource"
            ) { arguments throws(FaultTextError) in
                .accident(accident, when: .atOffset(try arguments.value(.positive)))
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
        case .refuse(let status, nil): "refuse=\(status)"
        case .refuse(let status, let resource?): "refuse=\(status),resource=\(resource)"
        case .deafAfterRequest(let time): "deaf-after-request=" + FaultNumber.text(time)
        case .slowOutput(let time): "slow-output=" + FaultNumber.text(time)
        case .slowPrepare(let time): "slow-prepare=" + FaultNumber.text(time)
        case .slowWrite(let time): "slow-write=" + FaultNumber.text(time)
        case .slowFinalize(let time): "slow-finalize=" + FaultNumber.text(time)
        case .console(let output):
            "console=" + FaultNumber.text(output.interval) + ",form=\(output.form.rawValue)"
                + textOption(output.text)
        case .storedBitFlip(let offset): "stored-bit-flip=\(offset)"
        case .listing(let fault): "listing=\(fault.rawValue)"
        }
    }
}
