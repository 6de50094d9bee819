internal import ArgumentParser
internal import SerialPort

/// How long to wait for a port, or for its device to come back: a time, or `forever`.
struct WaitLimit: ExpressibleByArgument {
    /// The value of `--wait` and `--reconnect` if the user leaves it out.
    static let unlimited = "forever"

    let patience: PortRequest.Patience

    init?(argument: String) {
        if argument == Self.unlimited {
            patience = .unlimited
        } else if let time = TimeSpan(argument: argument) {
            patience = .limited(time.duration)
        } else {
            return nil
        }
    }
}
