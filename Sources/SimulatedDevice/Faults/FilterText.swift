import PigweedTransfer

/// A filter that has a textual form.
protocol TextualFilter: FaultFilter {
    /// The name and the arguments of the filter, without the seed.
    var unseededText: String { get }
}

extension TextualFilter {
    /// A text that gives the same filter again.
    var text: String {
        let seed = (self as? any SeededFilter)?.random.seed
        return unseededText + (seed.map { ",seed=\($0)" } ?? "")
    }
}

extension FaultForm<any TextualFilter> {
    static let filters: [Self] = [
        Self("hdlc-packetizer", "", "only whole valid frames pass") { _ throws(FaultTextError) in
            HdlcPacketizer()
        },
        rated(.dropPieces, "frames are lost"),
        Self(
            "data-transposer", "=RATE[,timeout=TIME][,seed=N]",
            "frames change places with the next; after the timeout (500ms) they continue alone"
        ) { arguments throws(FaultTextError) in
            DataTransposer(
                rate: try arguments.value(.rate),
                timeout: try arguments.option("timeout", .duration) ?? .milliseconds(500),
                seed: try arguments.option("seed", .seed))
        },
        Self(
            "server-failure", "=N[/N...][,start-immediately][,only-chunks]",
            "after each START in the other direction N frames pass, then none"
        ) { arguments throws(FaultTextError) in
            ServerFailure(
                packetsBeforeFailure: try arguments.value(.counts(allowsInfinity: false)),
                startsImmediately: try arguments.flag("start-immediately"),
                onlyTransferChunks: try arguments.flag("only-chunks"))
        },
        Self(
            "keep-drop-queue", "=KEEP[/DROP/KEEP...][,only-chunks]",
            "frames pass and are lost by turns; -1 means all that follow"
        ) { arguments throws(FaultTextError) in
            KeepDropQueue(
                try arguments.value(.counts(allowsInfinity: true)),
                onlyTransferChunks: try arguments.flag("only-chunks"))
        },
        Self(
            "rate-limiter", "=BYTES[,buffer=BYTES]",
            "this many bytes a second; the sender is held back while more than the buffer (2048) wait"
        ) { arguments throws(FaultTextError) in
            RateLimiter(
                rate: try arguments.value(.positive), buffer: try arguments.option("buffer", .count) ?? 2048)
        },
        Self(
            "page-forwarder", "=BYTES[,page=BYTES][,buffer=BYTES]",
            "this many bytes a second, in bursts of a page (4096); the sender is held back as by rate-limiter"
        ) { arguments throws(FaultTextError) in
            PageForwarder(
                rate: try arguments.value(.positive), page: try arguments.option("page", .positive) ?? 4096,
                buffer: try arguments.option("buffer", .count) ?? 2048)
        },
        Self(
            "window-packet-dropper", "=N", "of each window this data chunk is lost, 0 for the first"
        ) { arguments throws(FaultTextError) in
            WindowPacketDropper(packet: try arguments.value(.count))
        },
        Self(
            "chunk-dropper", "=KIND[,first=N][,count=N|all][,every=N][,direction=read|write]",
            "certain chunks are lost, one unless told otherwise, and again of every N that follow: "
                + ChunkDropper.selections.map(\.name).joined(separator: ", ")
        ) { arguments throws(FaultTextError) in
            ChunkDropper(
                try arguments.value(.choice(ChunkDropper.selections)),
                direction: try arguments.option(
                    "direction", .choice([("read", Direction.read), ("write", .write)])),
                first: try arguments.option("first", .positive) ?? 1,
                count: try arguments.option("count", .positiveOrAll) ?? 1,
                every: try arguments.option("every", .positive))
        },
        rated(.duplicateFrames, "frames arrive twice"),
        Self(
            "stall", "=TIME[,rate=RATE][,after=TIME][,seed=N]",
            "the line stands still for a time: at random frames, or once some time after the first"
        ) { arguments throws(FaultTextError) in
            Stall(
                try arguments.value(.duration), rate: try arguments.option("rate", .rate) ?? 0,
                after: try arguments.option("after", .duration), seed: try arguments.option("seed", .seed))
        },
        rated(.flipBits, "bytes arrive with one bit wrong"),
        rated(.dropBytes, "bytes are lost"),
        rated(.repeatBytes, "bytes arrive twice"),
        Self(
            "burst", "=RATE[,length=N][,effect=lose|garble][,seed=N]",
            "runs of bytes, 16 unless told otherwise, are garbled or lost; the rate is that of a byte"
        ) { arguments throws(FaultTextError) in
            Burst(
                rate: try arguments.value(.rate), length: try arguments.option("length", .positive) ?? 16,
                effect: try arguments.option("effect", FaultValue<Burst.Effect>.choice) ?? .garble,
                seed: try arguments.option("seed", .seed))
        },
        injector(
            "noise-injector", "[,length=N]", "up to N (16) random bytes come before a frame, or inside"
        ) { arguments throws(FaultTextError) in
            .noise(length: try arguments.option("length", .positive) ?? 16)
        },
        printer("text-injector", .text, "console text comes before a frame, or inside"),
        printer("log-injector", .frames, "log frames (address 1) come before a frame, or inside"),
    ]

    private static func rated(_ effect: RatedFilter.Effect, _ summary: String) -> Self {
        Self(effect.rawValue, "=RATE[,seed=N]", summary) { arguments throws(FaultTextError) in
            RatedFilter(
                effect, rate: try arguments.value(.rate), seed: try arguments.option("seed", .seed))
        }
    }

    private static func injector(
        _ name: String, _ options: String, _ summary: String,
        _ content: @escaping FaultForm<Injector.Content>.Reader
    ) -> Self {
        Self(name, "=RATE[,inside=RATE]\(options)[,seed=N]", summary) { arguments throws(FaultTextError) in
            let rate = try arguments.value(.rate)
            return Injector(
                try content(&arguments), between: rate,
                inside: try arguments.option("inside", .rate) ?? 0,
                seed: try arguments.option("seed", .seed))
        }
    }

    private static func printer(_ name: String, _ form: ConsoleOutput.Form, _ summary: String) -> Self {
        injector(name, "[,text=TEXT]", summary) { arguments throws(FaultTextError) in
            .print(try arguments.option("text", .text) ?? ConsoleOutput.defaultText, as: form)
        }
    }
}

/// The option for a text; empty if it is the default text.
func textOption(_ text: String) -> String {
    text == ConsoleOutput.defaultText ? "" : ",text=" + FaultNumber.escaped(text)
}
