/// Which options are on, on our side and on the other, by the rules of RFC 1143: an answer only where something changes, so
/// that two sides never answer each other's answers.
struct TelnetOptions: Sendable {
    private enum State {
        case off
        case requested
        case on
    }

    /// What one side may switch on.
    static let known: [TelnetOption] = [.binary, .suppressGoAhead, .comPort]

    private var ours: [TelnetOption: State] = [:]
    private var theirs: [TelnetOption: State] = [:]

    /// Whether we do what the option says.
    func isOurs(_ option: TelnetOption) -> Bool { ours[option] == .on }

    /// Whether the other side does.
    func isTheirs(_ option: TelnetOption) -> Bool { theirs[option] == .on }

    /// Offers to do it; the result is what to send.
    mutating func offer(_ option: TelnetOption) -> TelnetVerb {
        ours[option] = .requested
        return .will
    }

    /// Asks the other side to do it; the result is what to send.
    mutating func request(_ option: TelnetOption) -> TelnetVerb {
        theirs[option] = .requested
        return .do
    }

    /// What to answer; `nil` for nothing.
    mutating func answer(_ verb: TelnetVerb, _ option: TelnetOption) -> TelnetVerb? {
        let isKnown = Self.known.contains(option)
        switch verb {
        case .will:
            guard isKnown else { return .dont }
            return theirs.updateValue(.on, forKey: option) ?? .off == .off ? .do : nil
        case .do:
            guard isKnown else { return .wont }
            return ours.updateValue(.on, forKey: option) ?? .off == .off ? .will : nil
        case .wont:
            guard isKnown else { return nil }
            return theirs.updateValue(.off, forKey: option) == .on ? .dont : nil
        case .dont:
            guard isKnown else { return nil }
            return ours.updateValue(.off, forKey: option) == .on ? .wont : nil
        }
    }
}
