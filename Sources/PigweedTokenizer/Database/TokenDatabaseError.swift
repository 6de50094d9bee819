/// Why bytes are not a token database.
#if hasAttribute(nonexhaustive)
    @nonexhaustive
#endif
public enum TokenDatabaseError: Error, Hashable, Sendable {
    /// Neither CSV with a token at its beginning, nor binary, nor ELF.
    case unknownFormat
    /// The file ends before what its head announces.
    case truncated
    /// An ELF file without the section `.pw_tokenizer.entries`.
    case noTokenSection
    /// An entry of an ELF file's section that is damaged, at this offset in the section.
    case damagedEntry(offset: Int)
    /// More entries or bytes of strings than ``TokenDatabaseBuilder`` takes, or a string that is larger than it takes.
    case tooLarge
}
