/// The options that are on, on our side and on the other side. By the rules of RFC 1143, only changes are answered, so
/// that the two sides never answer each other's answers.
struct TelnetOptions: Sendable {
    private enum State {
        case off
        case requested
        case on
    }

    /// The options that a side may switch on.
    static let known: [TelnetOption] = [.binary, .suppressGoAhead, .comPort]

    private var ours: [TelnetOption: State] = [:]
    private var theirs: [TelnetOption: State] = [:]

    /// Whether the option is on for our side.
    func isOurs(_ option: TelnetOption) -> Bool { ours[option] == .on }

    /// Whether the option is on for the other side.
    func isTheirs(_ option: TelnetOption) -> Bool { theirs[option] == .on }

    /// Offers to switch an option on for our side. Returns the word to send.
    mutating func offer(_ option: TelnetOption) -> TelnetVerb {
        ours[option] = .requested
        return .will
    }

    /// Asks the other side to switch an option on for itself. Returns the word to send.
    mutating func request(_ option: TelnetOption) -> TelnetVerb {
        theirs[option] = .requested
        return .do
    }

    /// The answer to a word of the other side; `nil` if it needs none.
    mutating func answer(_ verb: TelnetVerb, _ option: TelnetOption) -> TelnetVerb? {
        guard Self.known.contains(option) else {
            return verb == .will ? .dont : verb == .do ? .wont : nil
        }
        switch verb {
        case .will: return theirs.updateValue(.on, forKey: option) ?? .off == .off ? .do : nil
        case .do: return ours.updateValue(.on, forKey: option) ?? .off == .off ? .will : nil
        case .wont: return theirs.updateValue(.off, forKey: option) == .on ? .dont : nil
        case .dont: return ours.updateValue(.off, forKey: option) == .on ? .wont : nil
        }
    }
}
