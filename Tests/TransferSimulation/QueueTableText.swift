extension QueueTable {
    /// The table as text, with an explanation.
    package var markdown: String {
        let head = """
            # Lines with a queue

            Transfers of 256 KiB in virtual time over lines on which bytes wait in queues, as in USB adapters, serial servers \
            and busy hosts: this package's client against a client that goes back and has the fixed timers of the reference, \
            both with the simulated device.

            Made by `PWTRANSFER_RECORD=1 swift test --filter QueueTableTests`; the same test without the variable compares it \
            exactly. It takes minutes without optimization, so it runs only where `PWTRANSFER_BINARIES` names a release \
            build, as in `Scripts/test`. `Scripts/queue-table` prints it, or the sections whose title holds a text.

            - **Device**: the defaults of the reference, but a window of 64 KiB in writes and no pause between chunks.
            - **queue**: in each direction, between the sender and the line; first in, first out. A sender that fills it is \
            held back. What is asked for comes behind all that waits: with 64 KiB at 50 kB/s, 1.3 s later.
            - **bursts of 4 KiB**, as by the proxy of the reference's tests: it takes what waits, 4 KiB at the most, waits for \
            the time that this takes at 50 kB/s, 82 ms for a whole burst, and passes on all of it at once. The queue is in \
            front of it.
            - **disturbance**: *50 ms stops*: the device stands still for 50 ms after every 64 KiB, and the host every 0.2 to \
            0.4 s. *1 chunk lost*: one data chunk. *0.1, 1, 5 % lost*: frames, at random, in both directions. *0.5 % swapped*: \
            data chunks, with the next. *10 of 200 lost*: ten data chunks in a row of every 200. The seed says where.
            - **ideal s**: what a client takes that loses no time on this line: the round trips of handshake and completion, \
            and the time in which the line carries each frame once, and what is lost once more. A queue costs it nothing: it \
            drains at the rate of the line, and that time is in it. It is the time of this client with a queue of 0 and without \
            loss, which is above each table, divided by 1 - loss. In *50 ms stops* it does not contain the stops.
            - **s**: from the first start to the end of the transfer, its acknowledgement by the other side included; the \
            mean of 10 seeds. A transfer that failed counts with the time until then.
            - **share**: ideal s divided by s.
            - **again**: mean number of chunks sent again; in reads of requests to send again.
            - **twice %**: bytes that arrived at the receiver of the data and did not have to, in per cent of those that had \
            to. What was lost did not arrive, so its repetition does not count. In writes it holds also what the device \
            throws away behind a gap.
            - **stall ms**: the longest time of all seeds, from the device's first answer to the end, in which no data arrived \
            that the receiver keeps.
            - **go-back**: the model of the reference's Python client: it goes back to the gap for each loss, with a read \
            window of 32 KiB that a loss halves, 2 s timers and 3 repeats.
            - **failed**: how many of the 10 seeds a client gave up; the row's s then holds the time until it did.
            - **slower**: s of the go-back client divided by s.


            """
        let tables = sections.map(\.markdown).joined(separator: "\n")
        return head + tables + (standstills.isEmpty ? "" : "\n" + standstillMarkdown)
    }

    private var standstillMarkdown: String {
        let head = """
            ## A resource that cannot seek

            Reads of 64 KiB of a resource that is read in one go, from a device that stands still once and loses nothing: it \
            neither reads nor sends meanwhile, and what arrives waits. One read for each of \(Standstill.places.count) places, \
            from the first chunk to the last.

            - **right**: reads that ended well, with the right data.
            - **begun again**: sessions beyond one a read.
            - **again**: requests to send something again.

            | protocol | baud | stands still ms | reads | right | begun again | again |
            | --- | ---: | ---: | ---: | ---: | ---: | ---: |

            """
        return head + standstills.map { $0.markdown + "\n" }.joined()
    }
}

extension QueueTable.Section {
    /// The direction, and the name of the line.
    package var title: String { Self.title(isWrite, line) }

    static func title(_ isWrite: Bool, _ line: QueueTable.Line) -> String {
        "\(isWrite ? "Write" : "Read"), \(line.name)"
    }

    fileprivate var markdown: String {
        var lines = [
            "## \(title)",
            "",
            "Without loss and queue \(ideal.inSeconds) s.",
            "",
            "| queue KiB | disturbance | ideal s | s | share | again | twice % | stall ms | failed "
                + "| go-back: s | share | again | twice % | stall ms | failed | slower |",
            "| ---: | --- |" + String(repeating: " ---: |", count: 14),
        ]
        lines += rows.map(\.markdown)
        return lines.joined(separator: "\n") + "\n"
    }
}

extension QueueTable.Row {
    fileprivate var markdown: String {
        let cells =
            ["\(queue / 1024)", disturbance.rawValue, ideal.inSeconds]
            + columns(measuredTimes) + columns(fixedTimers)
            + [(fixedTimers.elapsed / measuredTimes.elapsed).text(decimals: 2)]
        return "| " + cells.joined(separator: " | ") + " |"
    }

    private func columns(_ cell: QueueTable.Cell) -> [String] {
        [
            cell.elapsed.inSeconds, share(cell).text(decimals: 3), cell.repeats.text(decimals: 1),
            (cell.duplicates * 100).text(decimals: 2), cell.longestStall.inMilliseconds,
            cell.failures > 0 ? "\(cell.failures)" : "",
        ]
    }
}

extension QueueTable.Standstill {
    fileprivate var markdown: String {
        let milliseconds = Int(duration / .milliseconds(1))
        return
            "| \(isLegacy ? "legacy" : "v2") | \(baud) | \(milliseconds) | \(reads) | \(right) | \(restarts)"
            + " | \(repeats) |"
    }
}
