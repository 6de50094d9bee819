/// A small deterministic random number generator: the same seed gives the same numbers on every machine.
///
/// SplitMix64 by Steele, Lea and Flood ("Fast Splittable Pseudorandom Number Generators", OOPSLA 2014), with the
/// constants of Sebastiano Vigna's public domain version. Not for secrets.
package struct SplitMix64: RandomNumberGenerator, Hashable, Sendable {
    private var state: UInt64

    /// A generator whose numbers depend only on the seed.
    package init(seed: UInt64) {
        state = seed
    }

    /// The next 64 bits.
    package mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}

extension RandomNumberGenerator {
    /// True with this probability. Each call takes one number, so that the numbers that follow do not depend on the
    /// probability.
    package mutating func chance(_ probability: Double) -> Bool {
        Double(next() >> 11) * 0x1p-53 < probability
    }
}
