/// What a received chunk means where fields are absent, for peers of every age (protocol version 1 and 2).
extension Chunk {
    /// The version that the sender speaks: stated, or known by the presence of a session id.
    package var version: ProtocolVersion {
        if let protocolVersion { return protocolVersion }
        return sessionID != nil || desiredSessionID != nil ? .version2 : .legacy
    }

    /// The kind. If a legacy peer before 2022-03 sends none, it is inferred as by the reference.
    ///
    /// - Parameter dataCount: bytes of data in the chunk.
    package func effectiveKind(dataCount: Int) -> Kind {
        if let kind { return kind }
        if isLegacyStart(dataCount: dataCount) { return .start }
        if dataCount > 0 { return .data }
        return status != nil ? .completion : .parametersRetransmit
    }

    /// The kind of a chunk that a device sent in a transfer of this direction. A device starts no transfer. So if a
    /// legacy device before 2022-03 sends no kind, the chunk is data in a read, even if it is the empty last one, and
    /// parameters in a write.
    func kind(ofDeviceIn direction: Direction, dataCount: Int) -> Kind {
        if let kind { return kind }
        if status != nil, dataCount == 0 { return .completion }
        return direction == .read ? .data : .parametersRetransmit
    }

    /// Whether a server takes this chunk for the start of a legacy transfer: it does if offset and status are missing
    /// and there are no data, whatever the kind is.
    package func isLegacyStart(dataCount: Int) -> Bool {
        version == .legacy && offset == 0 && dataCount == 0 && status == nil
    }

    /// The end, exclusive, of the window that a parameters chunk opens. `pendingBytes` that are not zero override the
    /// window end offset. An end above 64 bits becomes `UInt64.max`.
    package var effectiveWindowEnd: UInt64 {
        guard let pendingBytes, pendingBytes > 0 else { return UInt64(windowEndOffset) }
        let (end, overflow) = offset.addingReportingOverflow(UInt64(pendingBytes))
        return overflow ? .max : end
    }
}

/// The largest offset: devices read offsets as 32-bit numbers, so no transfer may end behind it.
package let maximumOffset = UInt64(UInt32.max)
