internal import Synchronization

/// The temporary files of this process, for an exit that cannot wait for their owners.
package enum TemporaryFiles {
    private static let places = Mutex<Set<FilePlace>>([])

    static func add(_ place: FilePlace) {
        places.withLock { _ = $0.insert(place) }
    }

    static func remove(_ place: FilePlace) {
        places.withLock { _ = $0.remove(place) }
    }

    /// Removes all temporary files of this process, which must exit afterwards.
    package static func removeAll() {
        places.withLock { places in
            for place in places { place.remove() }
            places = []
        }
    }
}
