internal import CMachine

/// The name and the version of the program.
public enum Program {
    static let name = "pwtransfer"
    /// The only place of the version. `Scripts/package` asks the binary for it.
    static let version = "0.1.0"

    /// The version, and the commit that the binary was built from.
    static var versionText: String {
        guard let commit = cmachine_build_commit() else { return "\(version) (development build)" }
        return "\(version) (commit \(String(cString: commit)))"
    }
}
