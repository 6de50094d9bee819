internal import PigweedTransfer
internal import SimulatedDevice

extension QueueTable {
    /// What happens on a line, or at its ends.
    package enum Disturbance: String, Codable, CaseIterable, Sendable {
        /// Nothing.
        case none = "clean"
        /// Host and device stand still now and then.
        case standstills = "50 ms stops"
        /// A data chunk is lost.
        case oneLoss = "1 chunk lost"
        /// Frames are lost in both directions.
        case rareLosses = "0.1 % lost"
        /// Frames are lost in both directions.
        case losses = "1 % lost"
        /// Frames are lost in both directions.
        case manyLosses = "5 % lost"
        /// Some data chunks change places with the next one.
        case swaps = "0.5 % swapped"
        /// Ten data chunks in a row are lost, again and again.
        case bursts = "10 of 200 lost"

        /// The share of the data that is lost and must be sent again.
        var lostShare: Double {
            switch self {
            case .none, .standstills, .swaps: 0
            case .oneLoss: 448 / Double(QueueTable.size)
            case .rareLosses: 0.001
            case .losses: 0.01
            case .manyLosses, .bursts: 0.05
            }
        }

        private var frameLoss: Double {
            switch self {
            case .rareLosses, .losses, .manyLosses: lostShare
            case .none, .standstills, .oneLoss, .swaps, .bursts: 0
            }
        }

        /// A transfer with this disturbance, at places and times that the seed decides.
        func applied(to setup: TransferSimulation.Setup, seed: UInt64) -> TransferSimulation.Setup {
            var setup = setup.line(baud: setup.baud, latency: setup.latency, drop: frameLoss, seed: seed)
            var random = SplitMix64(seed: ~seed)
            func place(upTo limit: Int) -> Int { Int.random(in: 1...limit, using: &random) }
            let ofData = ChunkDropper.Selection.kind(.data)
            let chunks = QueueTable.size / 448
            switch self {
            case .none, .rareLosses, .losses, .manyLosses: break
            case .standstills:
                setup.device.pauses = [
                    DevicePause(.milliseconds(50), after: place(upTo: 65_536), every: 65_536)
                ]
                let interval = Duration.milliseconds(200 + place(upTo: 200))
                setup.hostPauses = TransferSimulation.HostPauses(every: interval, of: .milliseconds(50))
            case .oneLoss:
                setup.loseData(ChunkDropper(ofData, first: place(upTo: chunks)))
            case .swaps:
                setup.loseData(DataTransposer(rate: 0.005, timeout: .milliseconds(500), seed: seed))
            case .bursts:
                setup.loseData(ChunkDropper(ofData, first: place(upTo: 200), count: 10, every: 200))
            }
            return setup
        }
    }
}

extension TransferSimulation.Setup {
    /// Adds a filter in the direction of the data, in front of the part that forwards in bursts.
    fileprivate mutating func loseData(_ filter: some FaultFilter) {
        switch request.direction {
        case .read: faults.toClient.insert(filter, at: 0)
        case .write: faults.toDevice.insert(filter, at: 0)
        }
    }
}
