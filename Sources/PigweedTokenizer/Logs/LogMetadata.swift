/// The word that `pw_log_tokenized` sends before a message: level, line, flags and module in bits, the level lowest.
package struct LogMetadata: Hashable, Sendable {
    /// How many bits each part has.
    package struct Layout: Hashable, Sendable {
        /// The number of bits for the level.
        package var level = 3
        /// The number of bits for the line.
        package var line = 11
        /// The number of bits for the flags.
        package var flags = 2
        /// The number of bits for the module's token.
        package var module = 16

        /// The layout that Pigweed has unless a project changes it.
        package init() {}
    }

    /// The level: 1 for debug to 5 for critical, 7 for fatal.
    package let level: UInt32
    /// The line in the file; 0 if it is not known.
    package let line: UInt32
    /// The flags, whose meaning each project chooses.
    package let flags: UInt32
    /// The lower bits of the token of the module's name.
    package let module: UInt32

    /// Splits a word into its parts.
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
