/// The limits for the data of a read: the device may send no more than it was ever allowed, and no more than it
/// announced.
struct ReadLimits {
    /// Whether what the device announces is the rest of the data. In a transfer from another offset than 0, firmware
    /// may count from the start of the resource, and announce too little.
    private let isAnnouncementRight: Bool
    /// The end of the data that the device announced; `nil` before it did.
    private(set) var announcedEnd: UInt64?
    /// The end of the widest window that the device was told.
    private var allowed: UInt64 = 0

    /// - Parameter announcedEnd: what the device announced in an earlier session of the same transfer.
    init(_ request: TransferRequest, announcedEnd: UInt64?) {
        isAnnouncementRight = request.initialOffset == 0
        self.announcedEnd = announcedEnd
    }

    /// The rule that a data chunk breaks; `nil` if it breaks none.
    ///
    /// - Parameters:
    ///   - windowEnd: the end of the window that the device was told last.
    ///   - version: chunks of the legacy protocol do not tell which session they belong to, so a chunk from behind the
    ///     window may be a late one.
    mutating func violation(
        by chunk: Chunk, dataCount: Int, windowEnd: UInt64, version: ProtocolVersion
    ) -> TransferFailure.Violation? {
        allowed = max(allowed, windowEnd)
        let (end, overflow) = chunk.offset.addingReportingOverflow(UInt64(dataCount))
        if version == .version2, overflow || end > allowed { return .beyondWindow }
        if let announcedEnd, overflow || end > announcedEnd { return .moreThanAnnounced }
        guard isAnnouncementRight, let remaining = chunk.remainingBytes else { return nil }
        let (newEnd, isTooFar) = end.addingReportingOverflow(remaining)
        // An end behind the last offset of the protocol says nothing about the size.
        guard !overflow, !isTooFar, newEnd <= maximumOffset else { return nil }
        if let announcedEnd, newEnd > announcedEnd { return .moreThanAnnounced }
        announcedEnd = newEnd
        return nil
    }
}
