extension LossTable {
    /// The table as text, with an explanation.
    package var markdown: String {
        let head = """
            # Loss recovery

            Transfers of 256 KiB in virtual time, with frames lost at random in both directions: this package's \
            client against a client with the fixed timers of the reference, both with the simulated device.

            Made by `PWTRANSFER_RECORD=1 swift test --filter LossTableTests`; the same test without the variable \
            compares it exactly. It takes minutes without optimization, so it runs only where `PWTRANSFER_BINARIES` \
            names a release build, as in `Scripts/test`.

            - **Device**: the defaults of the reference, but a window of 64 KiB in writes and no pause between chunks. \
            Chunks have 448 bytes in reads, as both clients ask, and up to 450 in writes, as the device asks.
            - **s**: from the first start to the end of the transfer, its acknowledgement by the other side included; \
            the mean of 40 seeds. A transfer that failed counts with the time until then.
            - **ideal s**: **s** of this client without loss on the same line, divided by 1 - loss. That includes the \
            round trips of handshake and completion and the growth of the window, which the protocol demands; the \
            line time above each table does not.
            - **share**: ideal s divided by s.
            - **repeats**: mean number of chunks sent again; in reads of requests to send again.
            - **stall ms**: the longest time of all seeds, from the device's first answer to the end, in which no data \
            arrived that the receiver keeps. Before that answer no round trip is known; a lost start costs this client \
            little, a lost confirmation three round trips. In reads this client keeps what arrives behind a gap; the device, and the client with fixed \
            timers, do not. Above each table stands the time that no stall of this client may exceed: five round trips of \
            a chunk and what the line needs for a window, 32 KiB in reads, with which the client begins, and 64 KiB in \
            writes. A window belongs to it because a device that misses a chunk says so once: if that is lost, it \
            is silent until the window is used up.
            - **bound** (writes): the share that the device leaves, in the long run, to any client. It takes nothing \
            behind a gap, so each loss costs at least a round trip and a chunk, R + f, until what is missing has been \
            asked for and has come; a client cannot send twice beforehand, since duplicates halve the window. So does each \
            loss, and with each answer that opens the window it grows by one chunk. By itself the device answers when half \
            of a window has come. This client has it answer each chunk where the window is too small (a data chunk \
            that lowers the end of the window to its own), which is the fastest that it grows: between two losses, \
            1 / p chunks, from W / 2 to W = 2 / p, in the mean 3 / (2 p) chunks. No more than one window gets through in a \
            round trip: a chunk takes the larger of f and R / (3 / (2 p)). Without that the mean window would be \
            sqrt(3 / p) chunks: at 1 % 17 on a line that carries 66 in R = 32.5 ms. A transfer is worse than the bound as \
            soon as answers are lost as well or the window is far from its mean.
            - **timers**: the model of the reference's Python client: go-back-n, read window 32 KiB, 4 s for the start, \
            2 s for anything else, 3 repeats. Its start follows the opened stream after 0.1 s, before which no time counts, and its \
            chunks in reads are as large as ours.
            - **failed**: how many of the 40 seeds it gave up, after 3 repeats in a row or because the frame that opens \
            the stream was lost, which the reference takes for the end. This client's all complete.
            - **slower**: s of the timers divided by s.


            """
        return head + sections.map(\.markdown).joined(separator: "\n")
    }
}

extension LossTable.Section {
    /// The direction, and the name of the line.
    package var title: String { "\(isWrite ? "Write" : "Read"), \(line.name)" }

    fileprivate var markdown: String {
        var lines = [
            "## \(title)",
            "",
            "Without loss \(lossFree.elapsed.inSeconds) s, of which the line needs \(lossFree.lineTime.inSeconds) s for "
                + "\(lossFree.chunks) data chunks. Round trip of a chunk \(lossFree.roundTrip.inMilliseconds) ms. "
                + "No stall above \(lossFree.stallLimit.inMilliseconds) ms.",
            "",
            "| loss | ideal s | s | share | repeats | stall ms | bound "
                + "| timers: s | share | repeats | stall ms | failed | slower |",
            "|" + String(repeating: " ---: |", count: 13),
        ]
        lines += rows.map(\.markdown)
        return lines.joined(separator: "\n") + "\n"
    }
}

extension LossTable.Row {
    fileprivate var markdown: String {
        let ours = measuredTimes
        let theirs = fixedTimers
        let cells = [
            (loss * 100).text(decimals: 1) + " %",
            ideal.inSeconds,
            ours.elapsed.inSeconds,
            share(ours).text(decimals: 3),
            ours.repeats.text(decimals: 1),
            ours.longestStall.inMilliseconds,
            bound?.text(decimals: 3) ?? "",
            theirs.elapsed.inSeconds,
            share(theirs).text(decimals: 3),
            theirs.repeats.text(decimals: 1),
            theirs.longestStall.inMilliseconds,
            theirs.failures > 0 ? "\(theirs.failures)" : "",
            (theirs.elapsed / ours.elapsed).text(decimals: 1),
        ]
        return "| " + cells.joined(separator: " | ") + " |"
    }
}

extension Duration {
    var inSeconds: String { (self / .seconds(1)).text(decimals: 3) }
    var inMilliseconds: String { (self / .milliseconds(1)).text(decimals: 1) }
}

extension Double {
    /// The number with this many digits behind the point. It must not be negative.
    func text(decimals: Int) -> String {
        var scale = 1
        for _ in 0..<decimals { scale *= 10 }
        let value = Int((self * Double(scale)).rounded())
        let fraction = String(value % scale)
        return "\(value / scale)." + String(repeating: "0", count: decimals - fraction.count) + fraction
    }
}
