import PigweedTransfer

/// Puts bytes that nobody has sent between frames and into them.
package struct Injector: SeededFilter, TextualFilter {
    /// The bytes that the filter puts in.
    package enum Content: Hashable, Sendable {
        /// Random bytes, one at least and this many at most.
        case noise(length: Int)
        /// A text that the device prints without a lock on the line of its RPCs, so that it may come inside a frame.
        case print(String, as: ConsoleOutput.Form)
    }

    /// The bytes that the filter puts in.
    package let content: Content
    /// The probability that the bytes come before a frame, 0 to 1.
    package let between: Double
    /// The probability that the bytes come at a random place inside a frame, 0 to 1.
    package let inside: Double
    /// The random numbers that decide about places and bytes of noise.
    package var random: FaultRandom

    /// A filter that puts in this content, with the probabilities ``between`` and ``inside``.
    package init(_ content: Content, between: Double, inside: Double = 0, seed: UInt64? = nil) {
        self.content = content
        self.between = between
        self.inside = inside
        random = FaultRandom(seed: seed)
    }

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

    var unseededText: String {
        let rates = "=\(between),inside=\(inside)"
        return switch content {
        case .noise(let length): "noise-injector\(rates),length=\(length)"
        case .print(let text, let form):
            "\(form == .text ? "text" : "log")-injector\(rates)" + textOption(text)
        }
    }
}
