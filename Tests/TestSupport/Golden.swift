internal import Glibc

/// The recorded version of a text, to compare the text with. If `PWTRANSFER_RECORD` is in the environment, the text
/// is recorded first, so that the change is visible in version control.
///
/// - Parameters:
///   - name: the name of the file in the folder `Golden` beside the test.
///   - test: the file of the test.
public func golden(_ text: String, _ name: String, test: String = #filePath) throws -> String {
    let folder = test.split(separator: "/").dropLast().map { "/" + $0 }.joined() + "/Golden"
    if getenv("PWTRANSFER_RECORD") != nil { try write(Array(text.utf8), to: "\(folder)/\(name)") }
    return String(decoding: try contents(of: "\(folder)/\(name)"), as: UTF8.self)
}
