/// The word that `pw_log_tokenized` sends before a message: level, line, flags and module in bits, the level lowest.
public struct LogMetadata: Hashable, Sendable {
    /// How many bits each part has.
    public struct Layout: Hashable, Sendable {
        /// Bits of the level.
        public var level = 3
        /// Bits of the line.
        public var line = 11
        /// Bits of the flags.
        public var flags = 2
        /// Bits of the module's token.
        public var module = 16

        /// The layout that Pigweed has unless a project changes it.
        public init() {}
    }

    /// 1 for debug to 5 for critical, 7 for fatal.
    package let level: UInt32
    /// The line in the file; 0 if it is not known.
    package let line: UInt32
    /// What the project means by them.
    package let flags: UInt32
    /// The lower bits of the token of the module's name.
    package let module: UInt32

    /// Takes a word apart.
    package init(_ word: UInt32, layout: Layout = Layout()) {
        var rest = UInt64(word)
        func take(_ bits: Int) -> UInt32 {
            let part = UInt32(truncatingIfNeeded: rest & ((1 << UInt64(max(0, min(bits, 32)))) - 1))
            rest >>= UInt64(max(0, min(bits, 32)))
            return part
        }
        level = take(layout.level)
        line = take(layout.line)
        flags = take(layout.flags)
        module = take(layout.module)
    }
}
