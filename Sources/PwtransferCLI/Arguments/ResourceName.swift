internal import ArgumentParser

/// A resource as the user names it.
enum ResourceName: ExpressibleByArgument, Equatable {
    case number(UInt32)
    /// A name from the configuration.
    case name(String)

    static var defaultCompletionKind: CompletionKind { .resourceNames }

    init?(argument: String) {
        if let number: UInt32 = NumberText.integer(argument[...]) {
            self = .number(number)
        } else if ConfiguredName.isValid(argument) {
            self = .name(argument)
        } else {
            return nil
        }
    }

    /// The number of the resource.
    ///
    /// - Throws: a problem that lists the known names, if this is none of them.
    func number(in configuration: Configuration = .current) throws(Problem) -> UInt32 {
        switch self {
        case .number(let number): return number
        case .name(let name):
            let resources = configuration.resources
            if let resource = resources.first(where: { $0.name == name }) { return resource.number }
            guard !resources.isEmpty else {
                throw Problem(
                    status: .usage, message: "there is no resource named \(name)",
                    cause: "no configuration in use names resources",
                    hint:
                        "give its number, or name it in \(ConfigurationFiles.projectName): [resources] \(name) = NUMBER"
                )
            }
            let nearest =
                NearestName.find(name, in: resources.map(\.name)).map { "did you mean \($0)? " } ?? ""
            let list = resources.map { "\($0.name) (\($0.number))" }.joined(separator: ", ")
            throw Problem(
                status: .usage, message: "there is no resource named \(name)",
                hint: nearest + "the names are: \(list)")
        }
    }
}

extension Configuration {
    /// A resource in a message: its number, and its name if it has one.
    func label(ofResource number: UInt32) -> String {
        resources.first { $0.number == number }.map { "\(number) (\($0.name))" } ?? "\(number)"
    }
}
