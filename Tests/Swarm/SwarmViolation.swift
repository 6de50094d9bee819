package import PigweedTransfer
package import SimulatedDevice

/// What must never happen, whatever the line does.
package enum SwarmViolation: Error, Equatable, Sendable {
    /// Data that are not those of the resource at this offset, or not the next ones.
    case wrongData(offset: UInt64, expected: UInt64)
    /// The device made something visible that the client never meant to write.
    case wrongContent
    /// A transfer ended with OK before all data were where they belong.
    case falseOK
    /// The client did what makes a real device abort.
    case crashed(CrashReason)
    /// A transfer did not end within the patience of its request.
    case hung(Duration)
    /// So many things happened without any time passing.
    case spinning(steps: Int)
    /// Something queues up without limit.
    case memory(String, Int)
    /// An event of a transfer that was over or never began.
    case eventOutsideTransfer(TransferEngine.Event)
    /// The engine says something else about itself than what it did.
    case inconsistent(String)
    /// A transfer failed although nothing was in its way.
    case needlessFailure(TransferFailure)
    /// A transfer took this long although nothing was in its way.
    case needlessDelay(Duration)
    /// Nothing is in the way any more, and still transfer after transfer fails.
    case stuck(TransferFailure)

    /// What the summary of a swarm counts.
    package enum Kind: String, Hashable, Sendable, CaseIterable {
        /// Data that are wrong on either side.
        case wrong
        /// A success that is none.
        case falseOK = "false OK"
        /// A client that real devices do not survive.
        case crashed = "crashed devices"
        /// No end in time.
        case hung
        /// No success in spite of a good line.
        case stuck
        /// Anything else.
        case other
    }

    /// Its place in the summary.
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
