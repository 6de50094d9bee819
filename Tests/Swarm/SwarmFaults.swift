internal import SimulatedDevice

/// Draws faults beyond lost and damaged frames, as texts that `pwtransfer simulate` takes, too.
extension SwarmDraw {
    /// None to three faults of the line and of the device.
    mutating func faultTexts() -> [String] {
        guard chance(0.4) else { return [] }
        return (0..<int(1...3)).map { _ in chance(0.8) ? lineFault() : deviceFault() }
    }

    private mutating func lineFault() -> String {
        let target = pick(["to-device", "to-client", "both"])
        switch int(0...12) {
        case 0: return "\(target):bit-flipper=\(share(0.002))"
        case 1: return "\(target):byte-dropper=\(share(0.002))"
        case 2: return "\(target):byte-repeater=\(share(0.002))"
        case 3:
            return "\(target):burst=\(share(0.002)),length=\(int(1...400)),effect=\(pick(["lose", "garble"]))"
        case 4: return "\(target):noise-injector=\(share(0.2)),inside=\(share(0.1))"
        case 5: return "\(target):text-injector=\(share(0.2)),inside=\(share(0.1))"
        case 6: return "\(target):data-transposer=\(share(0.2)),timeout=\(int(1...500))ms"
        case 7: return "\(target):frame-duplicator=\(share(0.3))"
        case 8: return "\(target):stall=\(int(1...3000))ms,rate=\(share(0.02))"
        case 9: return "\(target):window-packet-dropper=\(int(0...3))"
        case 10:
            return "\(target):keep-drop-queue=\(int(1...30))/\(int(1...5))/\(int(1...30))/\(int(1...3))/-1"
        case 11: return "\(target):server-failure=\(int(1...20))/\(int(1...20))"
        default:
            let kinds = [
                "start", "start-ack", "start-ack-confirmation", "completion", "completion-ack",
                "parameters-retransmit", "parameters-continue", "final-data",
            ]
            return "\(target):chunk-dropper=\(pick(kinds)),first=\(int(1...3)),count=\(int(1...3))"
        }
    }

    private mutating func deviceFault() -> String {
        switch int(0...4) {
        case 0: return "device:slow-write=\(int(1...50))ms"
        case 1: return "device:slow-finalize=\(int(1...6000))ms"
        case 2: return "device:console=\(int(200...2000))ms,form=\(pick(["frames", "text"]))"
        case 3: return "device:reset-after-chunks=\(int(1...40))"
        default:
            let states = DeviceState.allCases.map(\.rawValue)
            return "device:reset-in-state=\(pick(states))"
        }
    }
}

extension SwarmPlan {
    /// The faults as filters and accidents, each with a seed of its own.
    var faultSet: FaultSet {
        do {
            return try FaultSet(parsing: faults, seed: seed)
        } catch {
            preconditionFailure("\(error)")
        }
    }
}
