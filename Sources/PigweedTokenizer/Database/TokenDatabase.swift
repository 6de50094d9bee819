/// The strings of firmware, found by their tokens.
///
/// All strings lie in one array of bytes, so that a database of 100 000 of them needs little more memory than its file.
public struct TokenDatabase: Sendable {
    /// An entry; its string is the `count` bytes from `start` in ``strings``.
    struct Record: Sendable {
        var token: UInt32
        /// An index in ``domains``.
        var domain: UInt32
        var start: UInt32
        var count: UInt32
        var removed: TokenEntry.RemovalDate?
    }

    /// The entries, sorted by token, then domain, then string.
    let records: [Record]
    let domains: [String]
    let strings: [UInt8]

    /// A database without entries.
    package init() {
        self.init(records: [], domains: [], strings: [])
    }

    init(records: [Record], domains: [String], strings: [UInt8]) {
        self.records = records
        self.domains = domains
        self.strings = strings
    }

    /// The number of entries.
    package var count: Int { records.count }

    /// Whether there are no entries.
    package var isEmpty: Bool { records.isEmpty }

    /// The entries of a token in all domains.
    public func entries(of token: UInt32) -> [TokenEntry] {
        range(of: token).map { entry(records[$0]) }
    }

    /// The entries of a token in one domain.
    package func entries(of token: UInt32, domain: String) -> [TokenEntry] {
        range(of: token).lazy.filter { domains[Int(records[$0].domain)] == domain }.map { entry(records[$0]) }
    }

    /// The indices of the records of a token, found by bisection.
    private func range(of token: UInt32) -> Range<Int> {
        var low = 0
        var high = records.count
        while low < high {
            let middle = (low + high) / 2
            if records[middle].token >= token { high = middle } else { low = middle + 1 }
        }
        return low..<(records[low...].firstIndex { $0.token != token } ?? records.count)
    }

    private func entry(_ record: Record) -> TokenEntry {
        let start = Int(record.start)
        return TokenEntry(
            token: record.token, domain: domains[Int(record.domain)],
            string: String(decoding: strings[start..<start + Int(record.count)], as: UTF8.self),
            removed: record.removed)
    }
}
