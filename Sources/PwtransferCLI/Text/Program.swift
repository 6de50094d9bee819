internal import CMachine

/// The program: its name and version.
public enum Program {
    static let name = "pwtransfer"
    /// The one place of the version; `Scripts/package` asks the binary.
    static let version = "0.1.0"

    /// The version, and what the binary was built from.
    static var versionText: String {
        guard let commit = cmachine_build_commit() else { return "\(version) (development build)" }
        return "\(version) (commit \(String(cString: commit)))"
    }
}
