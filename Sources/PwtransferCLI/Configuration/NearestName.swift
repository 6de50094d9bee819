/// Finds the name that a mistyped one probably stands for.
enum NearestName {
    /// The most similar of the names; `nil` if none is similar enough.
    static func find(_ name: String, in names: some Sequence<String>, distanceLimit: Int? = nil) -> String? {
        let limit = distanceLimit ?? max(1, name.count / 3)
        let word = normalized(name)
        let candidates = names.map { (name: $0, distance: distance(word, normalized($0))) }
        return candidates.filter { $0.distance <= limit }.min { $0.distance < $1.distance }?.name
    }

    /// Makes names equal that differ only in upper case, or in `_` for `-`, as other programs write them.
    private static func normalized(_ name: String) -> [Character] {
        name.lowercased().map { $0 == "_" ? "-" : $0 }
    }

    /// How many letters must be inserted, removed, replaced, or swapped with the next one, to make one name the other.
    private static func distance(_ first: [Character], _ second: [Character]) -> Int {
        var beforeLast: [Int] = []
        var last = Array(0...second.count)
        for (row, letter) in first.enumerated() {
            var current = [row + 1]
            for (column, other) in second.enumerated() {
                var best = min(
                    last[column] + (letter == other ? 0 : 1), last[column + 1] + 1, current[column] + 1)
                if row > 0, column > 0, letter == second[column - 1], first[row - 1] == other {
                    best = min(best, beforeLast[column - 1] + 1)
                }
                current.append(best)
            }
            (beforeLast, last) = (last, current)
        }
        return last[second.count]
    }
}
