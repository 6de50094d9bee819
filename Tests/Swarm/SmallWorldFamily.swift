internal import PigweedTransfer

/// A kind of small worlds: all ways in which one, two or three things can go wrong.
package enum SmallWorldFamily: String, Sendable, CaseIterable {
    /// Up to three frames get lost.
    case losses
    /// One frame is lost, doubled, swapped or late.
    case single
    /// Two frames are, each in one of these ways.
    case pairs
    /// The device restarts.
    case restarts
    /// The user cancels.
    case cancels

    /// Runs the worlds of this family that follow from a world without faults, and reports each.
    ///
    /// The fate of a frame changes only the frames after it. So each world is run, and then again with one more fault
    /// for each frame after its last fault. In this way, repeats are lost, too.
    ///
    /// - Parameters:
    ///   - lossLimit: the maximum number of lost frames.
    ///   - visit: is called with each world and its report.
    package func explore(_ world: SmallWorld, lossLimit: Int = 3, visit: (SmallWorld, SwarmReport) -> Void) {
        switch self {
        case .losses: Self.addFates([.lost], to: world, behind: 0, atMost: lossLimit, visit: visit)
        case .single: Self.addFates(FrameFate.allCases, to: world, behind: 0, atMost: 1, visit: visit)
        case .pairs: Self.addFates(FrameFate.allCases, to: world, behind: 0, atMost: 2, visit: visit)
        case .restarts: Self.addIncident(.reboot, to: world, visit: visit)
        case .cancels: Self.addIncident(.cancel, to: world, visit: visit)
        }
    }

    private static func addFates(
        _ fates: [FrameFate], to world: SmallWorld, behind position: Int, atMost limit: Int,
        visit: (SmallWorld, SwarmReport) -> Void
    ) {
        let report = world.run()
        visit(world, report)
        guard limit > 0 else { return }
        for (index, frame) in report.frames.enumerated().dropFirst(position) {
            for fate in fates {
                var next = world
                next.fates[frame] = fate
                addFates(fates, to: next, behind: index + 1, atMost: limit - 1, visit: visit)
            }
        }
    }

    /// Runs the world with an incident just before and just after each arrival of a frame.
    private static func addIncident(
        _ kind: SwarmPlan.Incident.Kind, to world: SmallWorld, visit: (SmallWorld, SwarmReport) -> Void
    ) {
        for arrival in world.run().arrivals {
            for moment in [arrival, arrival + .nanoseconds(1)] {
                var next = world
                next.incident = SwarmPlan.Incident(kind: kind, after: moment)
                visit(next, next.run())
            }
        }
    }
}

extension SmallWorld {
    /// The worlds without faults: each direction, protocol and line, transfers of up to this many chunks, and windows
    /// of 1 to 4 chunks.
    package static func calmOnes(chunkLimit: Int) -> [SmallWorld] {
        var worlds: [SmallWorld] = []
        for chunks in 0...chunkLimit {
            for window in 1...min(max(chunks, 1), 4) {
                for line in Line.allCases {
                    for speech in Speech.allCases {
                        for direction in [Direction.read, .write] {
                            worlds.append(
                                SmallWorld(
                                    direction: direction, speech: speech, line: line, chunks: chunks,
                                    window: window))
                        }
                    }
                }
            }
        }
        return worlds
    }
}
