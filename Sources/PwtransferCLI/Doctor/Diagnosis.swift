/// One aspect of a port, and what was found about it.
struct Check: Sendable {
    /// The aspects that are checked, the likeliest cause of trouble first.
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
        /// All is as it should be.
        case ok
        /// Transfers work, or it is unknown whether they do.
        case warning
        /// Transfers cannot work.
        case problem
        /// The check was not made; the message says why.
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
    /// The exit status that a transfer would have; only a problem has one.
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

/// All checks of a port.
struct Diagnosis: Sendable {
    /// The name of the port in messages.
    let port: String
    /// The checks in the order of `Check.Name`.
    let checks: [Check]

    /// The problem that a transfer would report. Opening fails at port or permission before a holder is noticed.
    var obstacle: Check? {
        let problems = checks.filter { $0.finding == .problem }
        return [Check.Name.port, .permission].lazy
            .compactMap { name in problems.first { $0.name == name } }.first ?? problems.first
    }

    /// The result in one line.
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
