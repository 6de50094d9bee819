/// A line of `doctor --json`.
struct CheckEvent: JSONEvent {
    let type = "check"
    let port: String
    let check: String
    let finding: String
    let message: String
    let cause: String?
    let advice: [String]

    init(_ check: Check, of port: String) {
        self.port = port
        self.check = check.name.rawValue
        finding = check.finding.rawValue
        message = check.message
        cause = check.cause
        advice = check.advice
    }
}
