internal import PigweedTransfer
internal import TransferClient

/// Texts for the wait for a lost device, for the continuation of the transfer, and for another attempt.
enum ReconnectionText {
    static func sentence(
        _ news: ReconnectionNews, _ report: TransferReport
    ) -> (note: CommandEvent.Note, text: String) {
        switch news {
        case .lost(let error):
            (
                .connectionLost,
                "\(error) at \(report.progress.moved) bytes (\(Quantity.progress(report.progress)))"
            )
        case .forgotten:
            (
                .restarted,
                "the device restarted or another client took over at \(report.progress.moved) bytes "
                    + "(\(Quantity.progress(report.progress)))"
            )
        case .back(let port): (.reconnected, "the device is back as \(port)")
        case .goesOn(let offset): (.goingOn, "going on at offset \(offset)")
        case .startsOver(let cause): (.startingOver, "starting over: \(cause)")
        }
    }

    static func sentence(_ remedy: Remedy) -> String {
        switch remedy {
        case .smallerChunks(let size):
            "the line damages too many frames; trying again with chunks of \(size) bytes"
        case .afterSuspension(let time):
            "this program could not run for \(Quantity.time(time)), and the device gave up meanwhile; trying again"
        }
    }
}
