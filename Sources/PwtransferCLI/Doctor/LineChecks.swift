internal import HDLC
internal import PigweedRPC
internal import SerialPort
internal import TransferClient

/// What was received on an open line, and what the device answered.
struct LineFacts: Sendable {
    var figures: LineSample.Figures
    /// The questions to the device; `nil` if it was not asked.
    var conversation: Conversation?
    /// The address and channel where packets are expected.
    var expected: Conversation.Target
    /// The rate of the port; `nil` for a network connection.
    var baudRate: UInt32?
    /// How long the examination listened, in words.
    var time: String
    /// Whether the port accepted no output.
    var isStuck = false
    /// The error that ended the link during the examination.
    var failure: SerialPortError?
}

/// Turns what was received into checks. Nothing here looks at the machine.
extension LineFacts {
    /// The rates that firmware uses, the most frequent first.
    private static let customaryRates: [UInt32] = [
        115_200, 921_600, 230_400, 57_600, 1_000_000, 460_800, 9600, 38_400, 2_000_000, 3_000_000, 19_200,
    ]

    var checks: [Check] { [bytesCheck, rpcCheck, serviceCheck] }

    // MARK: Bytes

    private var bytesCheck: Check {
        if let failure {
            return .problem(
                .bytes, .linkBroke, failure.description,
                cause: "it was unplugged, or the other side has ended",
                advice: ["check cable and power, and plug it in again"])
        }
        if figures.greeting.isTelnet {
            return .problem(
                .bytes, .temporary, "the network port is in telnet mode",
                cause:
                    "it began with a negotiation (FF FB, FF FD); in this mode, each byte FF of the data is doubled",
                advice: [FailureText.telnetAdvice])
        }
        switch figures.kind {
        case .nothing:
            return .ok(
                .bytes,
                "nothing received in \(time)"
                    + (conversation == nil ? " (normal: most devices send only when asked)" : ""))
        case .frames: return framesCheck
        case .few:
            return .warning(
                .bytes, "\(count(figures.bytes, "byte")) and no frame came in \(time)",
                advice: ["listen for longer: --listen 10s", "check the rate: --baud"])
        case .text: return textCheck
        case .damagedFrames:
            return .problem(
                .bytes, .temporary,
                "\(count(figures.damagedFrames, "frame")) came, all damaged (\(composition))",
                cause: "the rates differ a little, bytes get lost, or the line picks up noise",
                advice: ["check the rate of the firmware: --baud", "check cable and ground"] + handshakeAdvice
            )
        case .noise(let isSlow): return noiseCheck(isSlow: isSlow)
        }
    }

    private var framesCheck: Check {
        var parts = [count(figures.frames, "frame")]
        if figures.logFrames > 0 { parts.append("\(figures.logFrames) of them log text") }
        if !figures.text.isEmpty { parts.append("beside them: \(text)") }
        let message = parts.joined(separator: ", ")
        guard figures.damagedFrames * 10 > figures.frames else { return .ok(.bytes, message) }
        return .warning(
            .bytes, "\(count(figures.damagedFrames, "damaged frame")) beside \(message)",
            cause: "bytes get lost, or the line picks up noise",
            advice: ["check cable and ground"] + handshakeAdvice)
    }

    private var textCheck: Check {
        let message = "received text, no HDLC frames: \(text)"
        let cause = "this port is the console of the firmware, or of another device"
        let advice = [
            "look for another port of the device: pwtransfer ports",
            "if the firmware prints its text on the port of its frames, that does no harm",
        ]
        guard isUnanswered else { return .warning(.bytes, message, cause: cause, advice: advice) }
        return .problem(.bytes, .temporary, message, cause: cause, advice: advice)
    }

    private func noiseCheck(isSlow: Bool) -> Check {
        var rates = Self.customaryRates.filter { $0 != baudRate }
        var cause = "not the rate of the device, or not HDLC"
        if let baudRate, isSlow {
            cause = "the device sends at a lower rate than \(baudRate), or the line hangs low"
            rates.sort { left, right in left < baudRate && right >= baudRate }
        }
        let others = rates.prefix(5).map { "--baud \($0)" }.joined(separator: ", ")
        var advice = [
            "check the rate of the firmware, and 8 data bits, no parity, 1 stop bit; try \(others)"
        ]
        if baudRate == nil { advice = ["check that it is the right address"] }
        return .problem(
            .bytes, .temporary, "\(count(figures.bytes, "byte")) came, and no frame (\(composition))",
            cause: cause, advice: advice)
    }

    private var handshakeAdvice: [String] {
        baudRate == nil ? [] : ["if it happens at high rates only: --flow rts-cts, or a lower rate"]
    }

    private var composition: String {
        "\(percent(figures.zeros)) 00, \(percent(figures.ones)) FF, \(percent(figures.printable)) printable"
    }

    private func percent(_ part: Int) -> String { "\(part * 100 / max(1, figures.bytes)) %" }

    private func count(_ number: Int, _ noun: String) -> String {
        "\(number) \(noun)\(number == 1 ? "" : "s")"
    }

    private var text: String {
        let text = String(decoding: figures.text.prefix(60), as: UTF8.self)
        return "\"\(DeviceText.visible(text))\"" + (figures.text.count > 60 ? " ..." : "")
    }

    // MARK: RPC

    private var isUnanswered: Bool { conversation.map { $0.answer == nil } ?? false }

    private var rpcCheck: Check {
        guard let conversation else { return silentRPCCheck }
        if isStuck {
            return .problem(
                .rpc, .temporary, "the port takes no output",
                cause: "the device does not read its port, or flow control holds it",
                advice: ["--flow none", "restart the device"])
        }
        guard let answer = conversation.answer else { return unansweredCheck(conversation) }
        guard answer.target != expected else {
            return .ok(.rpc, "a server answers on \(name(expected))")
        }
        return elsewhere(
            "a server answers on \(name(answer.target)), not on \(name(expected))", answer.target)
    }

    private var silentRPCCheck: Check {
        if figures.origins[expected] != nil {
            return .ok(.rpc, "packets of a server come on \(name(expected))")
        }
        guard let (other, _) = figures.origins.max(by: { $0.value < $1.value }) else {
            return .notChecked(.rpc, because: "nothing is sent to the device without --talk")
        }
        return .warning(
            .rpc, "packets of a server come on \(name(other)), not on \(name(expected))",
            cause: difference(other), advice: [options(other), "ask the device: --talk"])
    }

    /// The other channels and addresses that were tried, in words.
    private func others(_ conversation: Conversation) -> String {
        let channels = Set(conversation.others.map(\.channel)).sorted().map(String.init)
        let addresses = Set(conversation.others.map(\.address.rawValue)).sorted().map(String.init)
        return
            "channels \(channels.joined(separator: ", ")) with address \(addresses.joined(separator: ", "))"
    }

    private func unansweredCheck(_ conversation: Conversation) -> Check {
        let asked = "no answer on \(name(expected))"
        if let (other, _) = figures.origins.max(by: { $0.value < $1.value }), other != expected {
            return elsewhere("\(asked), but packets come on \(name(other))", other)
        }
        switch figures.kind {
        case .frames:
            let addresses = figures.addresses.sorted().map(String.init).joined(separator: ", ")
            return .problem(
                .rpc, .temporary,
                "frames come (address \(addresses)), but \(asked), nor on \(others(conversation))",
                cause: "the channel or the address of RPC is another, or the RPC server is not running",
                advice: [
                    "look up both in the firmware: --channel, --address",
                    "restart the device: some stop their RPC when asked on a wrong channel",
                ])
        case .nothing:
            return .problem(
                .rpc, .temporary, "\(asked), nor on \(others(conversation)); no bytes were received",
                cause: "wrong port or rate, RX and TX swapped, or no firmware with pw_rpc running",
                advice: [
                    "check that it is the port of the firmware's RPC: pwtransfer ports",
                    "check --baud and the wiring, and restart the device",
                    "look up channel and address in the firmware: --channel, --address",
                ])
        default:
            return .problem(
                .rpc, .temporary, "\(asked), nor on \(others(conversation))",
                cause: "the bytes that come are no frames", advice: bytesCheck.advice)
        }
    }

    private func elsewhere(_ message: String, _ target: Conversation.Target) -> Check {
        .problem(.rpc, .temporary, message, cause: difference(target), advice: [options(target)])
    }

    private func difference(_ target: Conversation.Target) -> String {
        switch (target.channel == expected.channel, target.address == expected.address) {
        case (false, true): "the RPC channel is another one"
        case (true, false): "the HDLC address is another one"
        default: "RPC channel and HDLC address are others"
        }
    }

    private func options(_ target: Conversation.Target) -> String {
        var options: [String] = []
        if target.channel != expected.channel { options.append("--channel \(target.channel)") }
        if target.address != expected.address { options.append("--address \(target.address)") }
        return options.joined(separator: " ")
    }

    private func name(_ target: Conversation.Target) -> String {
        "channel \(target.channel), address \(target.address)"
    }

    // MARK: Service

    private var serviceCheck: Check {
        guard let conversation else {
            return .notChecked(.service, because: "nothing is sent to the device without --talk")
        }
        guard let answer = conversation.answer else {
            return .notChecked(.service, because: "there is no answer from an RPC server")
        }
        switch answer.status {
        case .failedPrecondition: return .ok(.service, "pw.transfer.Transfer is there")
        case .notFound:
            return .problem(
                .service, .deviceRefused, "the device has no transfer service (NOT_FOUND)",
                cause: "the firmware does not register pw.transfer.Transfer with this RPC server",
                advice: [
                    "register the service in the firmware",
                    "if it has several RPC servers: --channel, --address, or another port",
                ])
        default:
            return .warning(
                .service, "the RPC server answers \(answer.status)",
                cause: "it is starting, or shutting down", advice: ["restart the device, and try again"])
        }
    }
}
