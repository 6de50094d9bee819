import HDLC
public import PigweedTransfer

// What nobody has sent, between frames and in the middle of them.

/// How often something is injected.
struct InjectionRates: Hashable {
    /// Before a frame, 0 to 1.
    let between: Double
    /// At a random place inside a frame, 0 to 1.
    let inside: Double

    /// Appends a frame with what is injected; anything else stays as it is.
    func inject(
        into piece: LinePiece, _ random: inout FaultRandom, output: inout [LinePiece],
        _ content: (inout FaultRandom) -> LinePiece
    ) {
        guard piece.isFrame else { return output.append(piece) }
        if random.chance(between) { output.append(content(&random)) }
        var piece = piece
        if random.chance(inside), piece.bytes.count > 1 {
            let position = 1 + random.below(piece.bytes.count - 1)
            piece.bytes.insert(contentsOf: content(&random).bytes, at: position)
        }
        output.append(piece)
    }
}

/// Puts random bytes between frames and into them.
public struct NoiseInjector: SeededFilter {
    private let rates: InjectionRates
    /// The most bytes of a piece of noise.
    public let length: Int
    /// Decides where, and the bytes.
    public var random: FaultRandom

    /// A filter of noise.
    ///
    /// - Parameters:
    ///   - between: probability that it comes before a frame, 0 to 1.
    ///   - inside: probability that it comes inside a frame, 0 to 1.
    ///   - length: the most bytes of a piece of noise, at least 1.
    ///   - seed: of its random numbers; `nil` for that of the ``FaultSet``.
    public init(between: Double, inside: Double = 0, length: Int = 16, seed: UInt64? = nil) {
        rates = InjectionRates(between: between, inside: inside)
        self.length = max(length, 1)
        random = FaultRandom(seed: seed)
    }

    /// Probability before a frame.
    public var between: Double { rates.between }
    /// Probability inside a frame.
    public var inside: Double { rates.inside }

    /// See ``FaultFilter/process(_:at:into:)``.
    public mutating func process(_ piece: LinePiece, at now: Instant, into output: inout [LinePiece]) {
        let length = length
        rates.inject(into: piece, &random, output: &output) { random in
            let count = 1 + random.below(length)
            return LinePiece((0..<count).map { _ in random.byte() }, isFrame: false)
        }
    }
}

/// Puts console text between frames and into them, as a device does that prints on the line of its RPCs.
public struct TextInjector: SeededFilter {
    /// What is printed unless told otherwise.
    public static let defaultText = "[00:00:12] INFO battery 3921 mV\r\n"

    private let rates: InjectionRates
    /// What is printed.
    public let text: String
    /// Decides where.
    public var random: FaultRandom

    /// A filter of text; `between` and `inside` are the probabilities before and inside a frame.
    public init(
        between: Double, inside: Double = 0, text: String = TextInjector.defaultText, seed: UInt64? = nil
    ) {
        rates = InjectionRates(between: between, inside: inside)
        self.text = text
        random = FaultRandom(seed: seed)
    }

    /// Probability before a frame.
    public var between: Double { rates.between }
    /// Probability inside a frame.
    public var inside: Double { rates.inside }

    /// See ``FaultFilter/process(_:at:into:)``.
    public mutating func process(_ piece: LinePiece, at now: Instant, into output: inout [LinePiece]) {
        let bytes = Array(text.utf8)
        rates.inject(into: piece, &random, output: &output) { _ in LinePiece(bytes, isFrame: false) }
    }
}

/// Puts log frames, those of HDLC address 1, between frames and into them: devices write them without a lock.
public struct LogInjector: SeededFilter {
    private let rates: InjectionRates
    /// What is logged.
    public let text: String
    /// Decides where.
    public var random: FaultRandom
    private let frame: [UInt8]

    /// A filter of log frames; `between` and `inside` are the probabilities before and inside a frame.
    public init(
        between: Double, inside: Double = 0, text: String = TextInjector.defaultText, seed: UInt64? = nil
    ) {
        rates = InjectionRates(between: between, inside: inside)
        self.text = text
        random = FaultRandom(seed: seed)
        frame = [UInt8](logFrame: text)
    }

    /// Probability before a frame.
    public var between: Double { rates.between }
    /// Probability inside a frame.
    public var inside: Double { rates.inside }

    /// See ``FaultFilter/process(_:at:into:)``.
    public mutating func process(_ piece: LinePiece, at now: Instant, into output: inout [LinePiece]) {
        let frame = LinePiece(frame, isFrame: true)
        rates.inject(into: piece, &random, output: &output) { _ in frame }
    }
}

extension [UInt8] {
    /// A frame of the log address.
    init(logFrame text: String) {
        self = []
        FrameEncoder.encode(address: .log, payload: Array(text.utf8).span, into: &self)
    }
}
