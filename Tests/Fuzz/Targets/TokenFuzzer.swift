internal import PigweedTokenizer

/// Any bytes as a token database: it is refused, or every entry is found by its token.
func fuzzTokens(_ input: Span<UInt8>) {
    let bytes = input.indices.map { input[$0] }
    var builder = TokenDatabaseBuilder()
    do throws(TokenDatabaseError) {
        _ = try builder.add(fileOf: UInt64(bytes.count)) { range in
            guard range.upperBound <= UInt64(bytes.count) else { return nil }
            return Array(bytes[Int(range.lowerBound)..<Int(range.upperBound)])
        }
    } catch {
        return
    }
    let database = builder.build()
    precondition(database.count <= bytes.count)
    guard bytes.count >= 4 else { return }
    let detokenizer = Detokenizer(database)
    for start in 0...bytes.count - 4 {
        let token = (0..<4).reversed().reduce(UInt32(0)) { $0 << 8 | UInt32(bytes[start + $1]) }
        for entry in database.entries(of: token) {
            precondition(entry.token == token)
            precondition(database.entries(of: token, domain: entry.domain).contains(entry))
        }
        precondition(detokenizer.detokenize(Array(bytes[start...].prefix(12))).token == token)
    }
}

/// A format string of up to 255 bytes, which stands for every token, and a message with such a token. The text is
/// bounded, and missing arguments do not count as present.
func fuzzMessage(_ input: Span<UInt8>) {
    guard !input.isEmpty else { return }
    let bytes = input.indices.map { input[$0] }
    let format = bytes[1...].prefix(Int(bytes[0]))
    let message = Array(bytes[(1 + format.count)...])
    let token = message.prefix(4).reversed().reduce(UInt32(0)) { $0 << 8 | UInt32($1) }
    var builder = TokenDatabaseBuilder()
    do throws(TokenDatabaseError) {
        for (token, domain) in [(token, ""), (0, ""), (0x6162_6364, "a"), (token, "other")] {
            try builder.add(
                TokenEntry(token: token, domain: domain, string: String(decoding: format, as: UTF8.self)))
        }
    } catch {
        preconditionFailure("a short string is refused: \(error)")
    }
    let detokenizer = Detokenizer(builder.build())
    let result = detokenizer.detokenize(message)
    for candidate in result.candidates {
        precondition(candidate.text.utf8.count <= 1 << 18)
        precondition(!candidate.isComplete || candidate.remaining.isEmpty)
    }
    _ = detokenizer.detokenize(text: String(decoding: message, as: UTF8.self))
    _ = detokenizer.detokenize(field: message)
    _ = LogFields(result.text ?? "").message
}

/// Payloads of the log service, each after its length. Missing messages are counted, and no more messages come out
/// than fields went in.
func fuzzLog(_ input: Span<UInt8>) {
    var builder = TokenDatabaseBuilder()
    do throws(TokenDatabaseError) {
        for (token, string) in [(UInt32(0), "■msg♦Count %d■module♦APP"), (0x6162_6364, "$00000000 %s")] {
            try builder.add(TokenEntry(token: token, string: string))
        }
    } catch {
        preconditionFailure("a short string is refused: \(error)")
    }
    var decoder = LogDecoder(builder.build())
    var rest = input.indices.map { input[$0] }[...]
    var lost: UInt64 = 0
    while let count = rest.popFirst() {
        let payload = Array(rest.prefix(Int(count)))
        rest = rest.dropFirst(Int(count))
        let messages = decoder.decode(entries: payload)
        precondition(messages.count <= payload.count / 2 + 1)
        lost += messages.reduce(0) { $0 + UInt64($1.lostCount ?? 0) }
        precondition(decoder.lostCount == lost)
    }
}
