extension [UInt8] {
    /// Lets `fill` write to the first `count` bytes.
    package mutating func filling<Outcome, Failure: Error>(
        _ count: Int, _ fill: (UnsafeMutableRawBufferPointer) throws(Failure) -> Outcome
    ) throws(Failure) -> Outcome {
        var bytes = mutableSpan
        return try bytes.withUnsafeMutableBytes { bytes throws(Failure) in
            try fill(UnsafeMutableRawBufferPointer(rebasing: bytes.prefix(count)))
        }
    }
}

extension Span<UInt8> {
    /// A copy of the bytes.
    package var array: [UInt8] { withUnsafeBufferPointer { Array($0) } }
}
