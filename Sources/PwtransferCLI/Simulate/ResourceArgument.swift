internal import ArgumentParser

/// A resource of the simulated device: `ID=FILE`, with `:r`, `:w` or `:rw` behind it.
struct ResourceArgument: ExpressibleByArgument, Sendable {
    enum Access: String, CaseIterable {
        case readOnly = "r"
        case writeOnly = "w"
        case readWrite = "rw"
    }

    let id: UInt32
    let path: String
    let access: Access

    init?(argument: String) {
        guard let equals = argument.firstIndex(of: "="),
            let id: UInt32 = NumberText.integer(argument[..<equals])
        else { return nil }
        let rest = argument[argument.index(after: equals)...]
        let suffix = Access.allCases.first { rest.hasSuffix(":\($0.rawValue)") }
        let path = suffix.map { rest.dropLast($0.rawValue.count + 1) } ?? rest
        guard !path.isEmpty else { return nil }
        self.id = id
        self.path = String(path)
        access = suffix ?? .readOnly
    }

    var isReadable: Bool { access != .writeOnly }
    var isWritable: Bool { access != .readOnly }
}
