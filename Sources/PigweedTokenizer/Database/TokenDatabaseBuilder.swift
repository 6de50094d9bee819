/// Collects the entries of any number of files for one ``TokenDatabase``.
public struct TokenDatabaseBuilder: Sendable {
    /// The most bytes that all strings may have together.
    package static let maximumSize = 256 << 20
    /// The most entries that may be added.
    package static let maximumCount = 4 << 20
    /// The most bytes that a string may have.
    package static let maximumStringSize = 64 << 10

    private var records: [TokenDatabase.Record] = []
    private var domains: [String] = []
    private var domainIndices: [String: UInt32] = [:]
    private var strings: [UInt8] = []

    /// A builder without entries.
    public init() {}

    /// Adds an entry.
    public mutating func add(_ entry: TokenEntry) throws(TokenDatabaseError) {
        try add(
            token: entry.token, domain: Array(entry.domain.utf8).span, string: Array(entry.string.utf8).span,
            removed: entry.removed)
    }

    /// Adds an entry; white space in the domain is left out.
    mutating func add(
        token: UInt32, domain: Span<UInt8>, string: Span<UInt8>, removed: TokenEntry.RemovalDate?
    ) throws(TokenDatabaseError) {
        guard string.count <= Self.maximumStringSize, strings.count + string.count <= Self.maximumSize,
            records.count < Self.maximumCount
        else { throw .tooLarge }
        let start = UInt32(strings.count)
        for index in string.indices { strings.append(string[index]) }
        records.append(
            TokenDatabase.Record(
                token: token, domain: index(ofDomain: domain), start: start, count: UInt32(string.count),
                removed: removed))
    }

    private mutating func index(ofDomain bytes: Span<UInt8>) -> UInt32 {
        var letters: [UInt8] = []
        for place in bytes.indices where !ASCII.isWhitespace(bytes[place]) { letters.append(bytes[place]) }
        let name = String(decoding: letters, as: UTF8.self)
        if let index = domainIndices[name] { return index }
        let index = UInt32(domains.count)
        domains.append(name)
        domainIndices[name] = index
        return index
    }

    /// The database. An entry that was added several times is in it once: as present if it was added as present,
    /// otherwise with the latest date of removal.
    public consuming func build() -> TokenDatabase {
        let sorted = records.sorted { compare($0, $1) < 0 }
        var unique: [TokenDatabase.Record] = []
        unique.reserveCapacity(sorted.count)
        for record in sorted {
            guard let last = unique.last, compare(last, record) == 0 else {
                unique.append(record)
                continue
            }
            guard let known = last.removed else { continue }
            unique[unique.count - 1].removed = record.removed.map { max(known, $0) }
        }
        return TokenDatabase(records: unique, domains: domains, strings: strings)
    }

    /// Compares two records by token, domain and string; the result is negative, 0 or positive.
    private func compare(_ one: TokenDatabase.Record, _ other: TokenDatabase.Record) -> Int {
        if one.token != other.token { return one.token < other.token ? -1 : 1 }
        if one.domain != other.domain {
            let names = (domains[Int(one.domain)].utf8, domains[Int(other.domain)].utf8)
            return names.0.lexicographicallyPrecedes(names.1) ? -1 : 1
        }
        let texts = (text(one), text(other))
        if texts.0.lexicographicallyPrecedes(texts.1) { return -1 }
        return texts.0.elementsEqual(texts.1) ? 0 : 1
    }

    private func text(_ record: TokenDatabase.Record) -> ArraySlice<UInt8> {
        strings[Int(record.start)..<Int(record.start) + Int(record.count)]
    }
}
