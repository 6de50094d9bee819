package import PigweedTransfer
package import SimulatedDevice

/// Something that must never happen, whatever the line does.
package enum SwarmViolation: Error, Equatable, Sendable {
    /// These data are not those of the resource at this offset, or not the next ones.
    case wrongData(offset: UInt64, expected: UInt64)
    /// The device made something visible that the client never meant to write.
    case wrongContent
    /// A transfer ended with OK before all data were where they belong.
    case falseOK
    /// The client did what makes a real device abort.
    case crashed(CrashReason)
    /// A transfer did not end within the patience of its request.
    case hung(Duration)
    /// This many steps happened without any time passing.
    case spinning(steps: Int)
    /// Something grows without limit.
    case memory(String, Int)
    /// The engine reported an event after the end of a transfer, or before its beginning.
    case eventOutsideTransfer(TransferEngine.Event)
    /// What the engine reports about itself does not match what it did.
    case inconsistent(String)
    /// A transfer failed although nothing was in its way.
    case needlessFailure(TransferFailure)
    /// A transfer took this long although nothing was in its way.
    case needlessDelay(Duration)
    /// Although nothing is in the way any more, transfer after transfer fails.
    case stuck(TransferFailure)

    /// The kinds that the summary of a swarm counts.
    package enum Kind: String, Hashable, Sendable, CaseIterable {
        /// Data that are wrong on either side.
        case wrong
        /// The transfer did not succeed, but was reported as a success.
        case falseOK = "false OK"
        /// A client that real devices do not survive.
        case crashed = "crashed devices"
        /// A transfer did not end in time.
        case hung
        /// No transfer succeeded in spite of a good line.
        case stuck
        /// Anything else.
        case other
    }

    /// The kind in the summary.
    package var kind: Kind {
        switch self {
        case .wrongData, .wrongContent: .wrong
        case .falseOK: .falseOK
        case .crashed: .crashed
        case .hung, .spinning, .needlessDelay: .hung
        case .needlessFailure, .stuck: .stuck
        case .memory, .eventOutsideTransfer, .inconsistent: .other
        }
    }
}
