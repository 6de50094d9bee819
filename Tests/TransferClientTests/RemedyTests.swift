internal import PigweedRPC
internal import PigweedTransfer
internal import Testing
@testable internal import TransferClient

/// The changes that another attempt makes.
@Suite struct RemedyTests {
    private func report(
        _ request: TransferRequest, damaged: Int = 0, suspension: Duration = .zero
    ) -> TransferReport {
        var report = TransferReport(request)
        report.version = .version2
        report.statistics.frames = 20
        report.statistics.damagedFrames = damaged
        report.timing[.suspension] = suspension
        return report
    }

    /// The chunk sizes are 448, 128 and 32; then there is no further attempt.
    @Test(
        arguments: [TransferRequest.read(3), .write(3, size: 100)],
        [
            TransferFailure.deviceSilent, .noProgress,
        ])
    func chunksBecomeSmallerOnALineThatDamages(request: TransferRequest, failure: TransferFailure) {
        var remedies = Remedies()
        var request = request
        for size: UInt32 in [128, 32] {
            #expect(remedies.next(after: failure, in: report(request, damaged: 5)) == .smallerChunks(size))
            request = request.limited(toChunksOf: size)
            #expect(report(request).chunkSize == size)
        }
        #expect(remedies.next(after: failure, in: report(request, damaged: 5)) == nil)
    }

    @Test func aCleanLineAndOtherFailuresHaveNoRemedy() {
        var remedies = Remedies()
        #expect(remedies.next(after: .deviceSilent, in: report(.read(3))) == nil)
        #expect(remedies.next(after: .deviceSilent, in: report(.read(3), damaged: 1)) == nil)
        #expect(remedies.next(after: .noAnswer, in: report(.read(3), damaged: 5)) == nil)
        #expect(remedies.next(after: .device(.dataLoss), in: report(.read(3), damaged: 5)) == nil)
        var unanswered = report(.read(3), damaged: 5)
        unanswered.version = nil
        #expect(remedies.next(after: .deviceSilent, in: unanswered) == nil)
        #expect(!remedies.haveBeenTried)
    }

    /// Each stop of the process counts once. A write may have reached the device, and is not repeated unasked.
    @Test func aReadThatWasStoppedIsTriedAgain() {
        var remedies = Remedies()
        let failure = TransferFailure.device(.deadlineExceeded)
        #expect(
            remedies.next(after: failure, in: report(.read(3), suspension: .seconds(12)))
                == .afterSuspension(.seconds(12)))
        #expect(remedies.haveBeenTried)
        #expect(remedies.next(after: failure, in: report(.read(3), suspension: .seconds(12))) == nil)
        #expect(
            remedies.next(after: failure, in: report(.read(3), suspension: .seconds(15)))
                == .afterSuspension(.seconds(3)))
        #expect(remedies.next(after: failure, in: report(.read(3), suspension: .milliseconds(15_500))) == nil)
        #expect(
            remedies.next(after: failure, in: report(.write(3, size: 9), suspension: .seconds(30))) == nil)
        #expect(
            remedies.next(after: .device(.notFound), in: report(.read(3), suspension: .seconds(30))) == nil)
    }
}
