import PigweedTransfer

extension TransferContext {
    /// How long the handler works on a chunk that is about to be received: it stores data, and ends the write.
    func handlingTime(_ chunk: Chunk, dataCount: Int, _ configuration: DeviceConfiguration) -> Duration {
        guard transfer.direction == .write, state == .waiting || state == .recovery,
            chunk.effectiveKind(dataCount: dataCount) == .data, chunk.version == transfer.version,
            chunk.offset == UInt64(offset), UInt64(offset) + UInt64(dataCount) <= UInt64(windowEnd)
        else { return .zero }
        let storing = dataCount > 0 ? configuration.writeDelay : .zero
        return storing + (chunk.remainingBytes == 0 ? configuration.finalizeDelay : .zero)
    }
}

extension TransferContext.State {
    /// The state under its name in faults; `nil` if there is no transfer.
    var asDeviceState: DeviceState? {
        switch self {
        case .inactive, .completed: nil
        case .initiating: .initiating
        case .waiting: .waiting
        case .transmitting: .transmitting
        case .recovery: .recovery
        case .terminating: .terminating
        }
    }
}
