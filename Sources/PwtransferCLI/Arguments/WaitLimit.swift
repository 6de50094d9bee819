internal import ArgumentParser
internal import SerialPort

/// How long to wait for a port: a time, or `forever`.
struct WaitLimit: ExpressibleByArgument {
    private static let option = "--wait"
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

    /// The arguments with `--wait` alone as `--wait=forever`: the parser knows no options whose value may be left out.
    static func completing(_ arguments: some Collection<String>) -> [String] {
        let end = arguments.firstIndex(of: "--") ?? arguments.endIndex
        let options = arguments[..<end].map { $0 == option ? "\(option)=\(unlimited)" : $0 }
        return options + arguments[end...]
    }
}
