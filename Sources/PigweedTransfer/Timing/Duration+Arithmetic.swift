/// Operators that the standard library has for durations, too, with the same results. A session calculates with times
/// for every chunk, and the generic functions over 128 bits of the standard library take ten times as long.
extension Duration {
    /// A multiple; as `*` of the standard library.
    static func * (duration: Duration, factor: Int) -> Duration {
        guard let short = duration.shortAttoseconds else { return duration.multiplied(by: factor) }
        let (high, low) = short.multipliedFullWidth(by: Int64(factor))
        return Duration(_high: high, low: low)
    }

    /// A fraction, rounded toward zero; as `/` of the standard library.
    static func / (duration: Duration, divisor: Int) -> Duration {
        guard let short = duration.shortAttoseconds, divisor > 0 else { return duration.divided(by: divisor) }
        let quotient = short / Int64(divisor)
        return Duration(_high: quotient >> (Int64.bitWidth - 1), low: UInt64(truncatingIfNeeded: quotient))
    }

    /// The ratio of two durations; as `/` of the standard library.
    static func / (left: Duration, right: Duration) -> Double {
        guard let dividend = left.shortAttoseconds, let divisor = right.shortAttoseconds else {
            return left.ratio(to: right)
        }
        return Double(dividend) / Double(divisor)
    }

    private func multiplied<Number: BinaryInteger>(by factor: Number) -> Duration { self * factor }

    private func divided<Number: BinaryInteger>(by divisor: Number) -> Duration { self / divisor }

    private func ratio(to other: Duration) -> Double { Double(attoseconds) / Double(other.attoseconds) }

    /// The duration in attoseconds if it is below 9 seconds either way.
    private var shortAttoseconds: Int64? {
        let short = Int64(truncatingIfNeeded: attoseconds)
        return Int128(truncatingIfNeeded: short) == attoseconds ? short : nil
    }
}
