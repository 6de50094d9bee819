extension UtilisationTable {
    /// The table as it stands in the repository.
    package var markdown: String {
        var lines = [Self.head, ""]
        for isWrite in [false, true] {
            for baud in Self.bauds {
                lines += section(isWrite: isWrite, baud: baud) + [""]
            }
        }
        return lines.joined(separator: "\n")
    }

    private static let head = """
        # Line utilisation

        The share of the time, from the start to the final acknowledgement, in which the line carries frames in the \
        direction of the data. Transfers of 1 MiB in virtual time, without loss, with the simulated device.

        Made by `PWTRANSFER_RECORD=1 swift test --filter UtilisationTableTests`; the same test without the variable \
        compares it exactly. It runs only where `PWTRANSFER_BINARIES` names a release build, as in `Scripts/test`.

        - **latency**: one way.
        - **buffer**: bytes of the device's chunk buffer. Reads ask for chunks of at most 448 bytes, so that those of the \
        larger buffers are the same.
        - **pause** and **window** are the device's: from the start of one chunk to the start of the next, and how many \
        bytes of a write it takes before the client hears of it again. Reads have the client's window.
        - In each cell: the utilisation; behind it, if a client that loses no time could not use the line to 0.99 either, \
        what keeps it from that, and in brackets which share of that client's utilisation is reached.
        - **p**: the device's pause is longer than a frame; with each word of the client a read goes on without it, so that a \
        read may reach a little more than 1. **r**: the round trips of handshake and completion. **w**: \
        the device's window. The reference lets a writer go on when half of its window is used, so the line is full \
        where half a window lasts a round trip; and it begins with a window of one chunk, which doubles with each.
        """

    private func section(isWrite: Bool, baud: Int) -> [String] {
        let columns = Self.minDelays.flatMap { delay in (isWrite ? Self.windows : [0]).map { (delay, $0) } }
        let titles = columns.map { delay, window in
            let pause = delay == .zero ? "no pause" : "2 ms"
            return isWrite ? "\(pause), \(window / 1024) KiB" : pause
        }
        let name = baud == 10_000_000 ? "1 MB/s" : "\(baud) Bd"
        var lines = [
            "## \(isWrite ? "Write" : "Read"), \(name)", "",
            "| latency | buffer | \(titles.joined(separator: " | ")) |",
            "| ---: | ---: |" + String(repeating: " :--- |", count: titles.count),
        ]
        for latency in Self.latencies {
            for buffer in Self.chunkBuffers {
                let row = cells.filter {
                    $0.place.isWrite == isWrite && $0.place.baud == baud && $0.place.latency == latency
                        && $0.place.chunkBuffer == buffer
                }
                let milliseconds =
                    latency == .microseconds(100)
                    ? "0.1" : "\(latency.components.attoseconds / 1_000_000_000_000_000)"
                lines.append(
                    "| \(milliseconds) ms | \(buffer) | \(row.map(\.text).joined(separator: " | ")) |")
            }
        }
        return lines
    }
}

extension UtilisationTable.Cell {
    fileprivate var text: String {
        let utilisation = utilisation.text(decimals: 3)
        return bound == .line ? utilisation : "\(utilisation) \(bound.rawValue) (\(share.text(decimals: 3)))"
    }
}
