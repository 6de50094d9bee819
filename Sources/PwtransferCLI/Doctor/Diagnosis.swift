/// One thing that was looked at, and what was found.
struct Check: Sendable {
    /// What is looked at, in the order of likelihood.
    enum Name: String, CaseIterable, Sendable {
        case port, holder, permission
        case modemManager = "modem_manager"
        case brltty
        case latencyTimer = "latency_timer"
        case hangUp = "hang_up"
        case baud
        case modemLines = "modem_lines"
        case bytes, rpc, service
    }

    enum Finding: String, Sendable {
        /// As it should be.
        case ok
        /// Transfers work, or nobody knows whether it hinders them.
        case warning
        /// No transfer works.
        case problem
        /// Not looked at; the message says why.
        case notChecked = "not_checked"
    }

    let name: Name
    let finding: Finding
    /// What was found.
    let message: String
    /// The likely cause.
    var cause: String?
    /// What to do, the likeliest first.
    var advice: [String] = []
    /// How a transfer would end; of a problem only.
    var status: ExitStatus?

    static func ok(_ name: Name, _ message: String) -> Check {
        Check(name: name, finding: .ok, message: message)
    }

    static func warning(
        _ name: Name, _ message: String, cause: String? = nil, advice: [String]
    ) -> Check {
        Check(name: name, finding: .warning, message: message, cause: cause, advice: advice)
    }

    static func problem(
        _ name: Name, _ status: ExitStatus, _ message: String, cause: String? = nil, advice: [String]
    ) -> Check {
        Check(
            name: name, finding: .problem, message: message, cause: cause, advice: advice, status: status)
    }

    static func notChecked(_ name: Name, because reason: String) -> Check {
        Check(name: name, finding: .notChecked, message: reason)
    }
}

/// What all checks of a port say together.
struct Diagnosis: Sendable {
    /// The port, as it is called in messages.
    let port: String
    /// In the order of their names.
    let checks: [Check]

    /// What a transfer fails by, if it fails: opening a node that may not be opened tells nothing of who holds it.
    var obstacle: Check? {
        let problems = checks.filter { $0.finding == .problem }
        return [Check.Name.port, .permission].lazy
            .compactMap { name in problems.first { $0.name == name } }.first ?? problems.first
    }

    /// The result as a line.
    var verdict: String {
        if let obstacle { return "\(port): \(obstacle.message)" }
        let warnings = checks.filter { $0.finding == .warning }
        let talked = checks.contains { $0.name == .service && $0.finding == .ok }
        let base =
            "\(port): "
            + (talked
                ? "healthy, the device answers" : "the port is usable; the device was not asked (--talk)")
        guard let first = warnings.first else { return base }
        return warnings.count == 1
            ? "\(port): warning: \(first.message)" : "\(port): \(warnings.count) warnings"
    }
}
