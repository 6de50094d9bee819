internal import SerialPort

extension Problem {
    /// The device logged what `--fail-on` stands for.
    static func failureLogged(_ text: String) -> Problem {
        Problem(
            status: .deviceFailed, message: "the device logged \"\(DeviceText.visible(text))\" (--fail-on)",
            code: "failure_logged")
    }

    /// The device did not log what `--expect` stands for.
    static func notLogged(within time: Duration, messages: Int) -> Problem {
        Problem(
            status: .temporary,
            message: "the device did not log what is expected within \(Quantity.time(time)) (--expect)",
            cause: messages == 0
                ? "it logged nothing"
                : "it logged \(messages == 1 ? "one other message" : "\(messages) other messages")",
            code: "not_logged")
    }
}
