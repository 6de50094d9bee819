internal import ArgumentParser

/// A resource as the user names it.
enum ResourceName: ExpressibleByArgument, Equatable {
    case number(UInt32)
    /// A name from the configuration.
    case name(String)
    /// A file of the device; a path that ends in `/` is a folder.
    case path(String)

    static var defaultCompletionKind: CompletionKind { .resourceNames }

    init?(argument: String) {
        if argument.hasPrefix("/") {
            self = .path(argument)
        } else if let number: UInt32 = NumberText.integer(argument[...]) {
            self = .number(number)
        } else if ConfiguredName.isValid(argument) {
            self = .name(argument)
        } else {
            return nil
        }
    }

    /// The resource or the path that this name stands for.
    ///
    /// - Throws: for an unknown name, a failure that lists the known names.
    func target(in configuration: Configuration = .current) throws(Failure) -> ResourceTarget {
        switch self {
        case .number(let number): return .number(number)
        case .path(let path): return .path(path)
        case .name(let name):
            let resources = configuration.resources
            if let resource = resources.first(where: { $0.name == name }) { return .number(resource.number) }
            throw .usage(.unknownResource(name, known: resources))
        }
    }
}

/// The resource of a transfer, by its number or by a path.
enum ResourceTarget: Equatable {
    case number(UInt32)
    /// A path of the device. Only the device knows which resource it is.
    case path(String)
}

extension Configuration {
    /// A resource in a message: its number, followed by its name if it has one.
    func label(ofResource number: UInt32) -> String {
        resources.first { $0.number == number }.map { "\(number) (\($0.name))" } ?? "\(number)"
    }
}
