internal import Synchronization

/// The temporary files of this process, for an exit that cannot wait for their owners.
package enum TemporaryFiles {
    private static let places = Mutex<[FilePlace]>([])

    static func add(_ place: FilePlace) {
        places.withLock { $0.append(place) }
    }

    static func remove(_ place: FilePlace) {
        places.withLock { $0.removeAll { $0.folder === place.folder && $0.name == place.name } }
    }

    /// Removes all temporary files of this process, which must exit afterwards.
    package static func removeAll() {
        places.withLock { places in
            for place in places { place.remove() }
            places = []
        }
    }
}
