internal import ArgumentParser

/// A resource of the simulated device: `ID=FILE`, with `:r`, `:w` or `:rw` behind it.
struct ResourceArgument: ExpressibleByArgument, Sendable {
    let id: UInt32
    let file: FileWithAccess
    /// The name under which the device lists the resource; `nil` if it is not listed.
    var name: String?

    init?(argument: String) {
        guard let equals = argument.firstIndex(of: "="),
            let id: UInt32 = NumberText.integer(argument[..<equals]),
            let file = FileWithAccess(argument[argument.index(after: equals)...])
        else { return nil }
        self.id = id
        self.file = file
    }

    /// A resource that the device lists as a file.
    init(id: UInt32, _ argument: FileArgument) {
        self.id = id
        file = argument.file
        name = argument.name
    }

    var path: String { file.path }
    var isReadable: Bool { file.access != .writeOnly }
    var isWritable: Bool { file.access != .readOnly }
}

/// A file of the simulated device's file system: `/NAME=FILE`, with `:r`, `:w` or `:rw` behind it.
struct FileArgument: ExpressibleByArgument, Sendable {
    /// Any text is allowed, so that a device can have hostile names.
    let name: String
    let file: FileWithAccess

    init?(argument: String) {
        guard let equals = argument.firstIndex(of: "="), equals != argument.startIndex,
            let file = FileWithAccess(argument[argument.index(after: equals)...])
        else { return nil }
        name = String(argument[..<equals])
        self.file = file
    }
}
