import PigweedTransfer

/// Puts what nobody has sent between frames and into them.
package struct Injector: SeededFilter {
    /// What is put there.
    package enum Content: Hashable, Sendable {
        /// Random bytes, one at least and this many at most.
        case noise(length: Int)
        /// A line that the device prints on the line of its RPCs; devices do so without a lock.
        case print(String, as: ConsoleOutput.Form)
    }

    /// What is put there.
    package let content: Content
    /// Probability that it comes before a frame, 0 to 1.
    package let between: Double
    /// Probability that it comes at a random place inside a frame, 0 to 1.
    package let inside: Double
    /// Decides where, and the bytes of noise.
    package var random: FaultRandom

    /// A filter; `between` and `inside` are the probabilities before and inside a frame.
    package init(_ content: Content, between: Double, inside: Double = 0, seed: UInt64? = nil) {
        self.content = content
        self.between = between
        self.inside = inside
        random = FaultRandom(seed: seed)
    }

    /// See ``FaultFilter/process(_:at:into:)``.
    package mutating func process(_ piece: LinePiece, at now: Instant, into output: inout [LinePiece]) {
        guard piece.isFrame else { return output.append(piece) }
        if random.chance(between) { output.append(makePiece()) }
        var piece = piece
        if random.chance(inside), piece.bytes.count > 1 {
            let position = 1 + random.below(piece.bytes.count - 1)
            piece.bytes.insert(contentsOf: makePiece().bytes, at: position)
        }
        output.append(piece)
    }

    private mutating func makePiece() -> LinePiece {
        switch content {
        case .noise(let length):
            let count = 1 + random.below(length)
            return LinePiece((0..<count).map { _ in random.byte() }, isFrame: false)
        case .print(let text, let form):
            return LinePiece(ConsoleOutput.line(text, as: form, number: 0), isFrame: form != .text)
        }
    }
}
