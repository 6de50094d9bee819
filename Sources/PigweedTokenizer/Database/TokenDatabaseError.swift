/// Why bytes are not a token database.
#if hasAttribute(nonexhaustive)
    @nonexhaustive
#endif
public enum TokenDatabaseError: Error, Hashable, Sendable {
    /// The file is neither CSV that begins with a token, nor a binary database, nor ELF.
    case unknownFormat
    /// The file is shorter than its head announces.
    case truncated
    /// The file is an ELF file without the section `.pw_tokenizer.entries`.
    case noTokenSection
    /// The entry at this offset in the section of an ELF file is damaged.
    case damagedEntry(offset: Int)
    /// There are more entries, more bytes of strings or a longer string than ``TokenDatabaseBuilder`` takes.
    case tooLarge
}
