/// A file on this machine, and what clients may do with it: `FILE[:r|:w|:rw]`.
struct FileWithAccess: Sendable {
    enum Access: String, CaseIterable {
        case readOnly = "r"
        case writeOnly = "w"
        case readWrite = "rw"
    }

    let path: String
    let access: Access

    init?(_ text: Substring) {
        let suffix = Access.allCases.first { text.hasSuffix(":\($0.rawValue)") }
        let path = suffix.map { text.dropLast($0.rawValue.count + 1) } ?? text
        guard !path.isEmpty else { return nil }
        self.path = String(path)
        access = suffix ?? .readOnly
    }
}
