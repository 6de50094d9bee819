internal import Glibc

/// What a text was when it was recorded, for comparison. With `PWTRANSFER_RECORD` in the environment, `text` is recorded
/// first, so that the change shows in the version control.
///
/// - Parameters:
///   - name: of the file in the folder `Golden` beside the test.
///   - test: the file of the test.
public func golden(_ text: String, _ name: String, test: String = #filePath) throws -> String {
    let folder = test.split(separator: "/").dropLast().map { "/" + $0 }.joined() + "/Golden"
    if getenv("PWTRANSFER_RECORD") != nil { try write(Array(text.utf8), to: "\(folder)/\(name)") }
    return String(decoding: try contents(of: "\(folder)/\(name)"), as: UTF8.self)
}
