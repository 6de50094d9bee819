import PigweedTokenizer

/// A detokenizer with strings whose tokens are 1, 2, 3 and so on.
func detokenizer(_ strings: String...) throws -> Detokenizer {
    try detokenizer(
        entries: strings.enumerated().map { TokenEntry(token: UInt32($0.offset + 1), string: $0.element) })
}

func detokenizer(entries: [TokenEntry]) throws -> Detokenizer {
    var builder = TokenDatabaseBuilder()
    for entry in entries { try builder.add(entry) }
    return Detokenizer(builder.build())
}

/// A message: its token and the bytes of its arguments.
func message(_ token: UInt32, _ arguments: [UInt8] = []) -> [UInt8] {
    (0..<4).map { UInt8(truncatingIfNeeded: token >> (8 * $0)) } + arguments
}
