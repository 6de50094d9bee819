/// How far the data of a read may go: as far as the device was ever allowed to send, and as far as it said itself.
struct ReadLimits {
    /// Whether what the device announces is the rest of the data. Firmware that begins elsewhere may count from the start of
    /// the resource, and announces too little.
    private let isAnnouncementRight: Bool
    /// The end that was announced.
    private(set) var announced: UInt64?
    /// The end of the widest window that the device was told.
    private var allowed: UInt64 = 0

    /// - Parameter last: those of an earlier session of the same transfer.
    init(_ request: TransferRequest, after last: ReadLimits? = nil) {
        isAnnouncementRight = request.initialOffset == 0
        announced = last?.announced
    }

    /// What a data chunk says or does that it must not; `nil` if all is well.
    ///
    /// - Parameters:
    ///   - windowEnd: the end of the window that the device was told last.
    ///   - version: chunks of the legacy protocol do not tell which session they belong to, so one from
    ///     behind the window may be late.
    mutating func violation(
        by chunk: Chunk, dataCount: Int, windowEnd: UInt64, version: Chunk.ProtocolVersion
    ) -> TransferFailure.Violation? {
        allowed = max(allowed, windowEnd)
        let (end, overflow) = chunk.offset.addingReportingOverflow(UInt64(dataCount))
        if version == .version2, overflow || end > allowed { return .beyondWindow }
        if let announced, overflow || end > announced { return .moreThanAnnounced }
        guard isAnnouncementRight, let remaining = chunk.remainingBytes else { return nil }
        let (newEnd, isTooFar) = end.addingReportingOverflow(remaining)
        // Behind the last offset of the protocol it is no size.
        guard !overflow, !isTooFar, newEnd <= maximumOffset else { return nil }
        if let announced, newEnd > announced { return .moreThanAnnounced }
        announced = newEnd
        return nil
    }
}
