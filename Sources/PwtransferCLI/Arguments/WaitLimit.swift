internal import ArgumentParser
internal import SerialPort

/// How long to wait for a port, or for its device to come back: a time, or `forever`.
struct WaitLimit: ExpressibleByArgument {
    private static let options = ["--wait", "--reconnect"]
    private static let unlimited = "forever"

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

    /// The arguments with `--wait` alone as `--wait=forever`, and so on: the parser knows no options whose value may be left out.
    static func completing(_ arguments: some Collection<String>) -> [String] {
        let end = arguments.firstIndex(of: "--") ?? arguments.endIndex
        let options = arguments[..<end].map { Self.options.contains($0) ? "\($0)=\(unlimited)" : $0 }
        return options + arguments[end...]
    }
}
