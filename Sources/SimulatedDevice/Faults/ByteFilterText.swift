import PigweedTransfer

extension BitFlipper: TextualFilter {
    static let name = "bit-flipper"
    static let form = "=RATE[,seed=N]"
    static let summary = "bytes arrive with one bit wrong"

    init(arguments: inout FaultArguments) throws(FaultTextError) {
        self.init(rate: try arguments.value(.rate), seed: try arguments.option("seed", .seed))
    }

    var argumentText: String { "=\(rate)" }
}

extension ByteDropper: TextualFilter {
    static let name = "byte-dropper"
    static let form = "=RATE[,seed=N]"
    static let summary = "bytes are lost"

    init(arguments: inout FaultArguments) throws(FaultTextError) {
        self.init(rate: try arguments.value(.rate), seed: try arguments.option("seed", .seed))
    }

    var argumentText: String { "=\(rate)" }
}

extension ByteRepeater: TextualFilter {
    static let name = "byte-repeater"
    static let form = "=RATE[,seed=N]"
    static let summary = "bytes arrive twice"

    init(arguments: inout FaultArguments) throws(FaultTextError) {
        self.init(rate: try arguments.value(.rate), seed: try arguments.option("seed", .seed))
    }

    var argumentText: String { "=\(rate)" }
}

extension Burst: TextualFilter {
    static let name = "burst"
    static let form = "=RATE[,length=N][,effect=lose|garble][,seed=N]"
    static let summary =
        "runs of bytes, 16 unless told otherwise, are garbled or lost; the rate is that of a byte"

    init(arguments: inout FaultArguments) throws(FaultTextError) {
        self.init(
            rate: try arguments.value(.rate), length: try arguments.option("length", .positive) ?? 16,
            effect: try arguments.option("effect", .choice) ?? .garble,
            seed: try arguments.option("seed", .seed))
    }

    var argumentText: String { "=\(rate),length=\(length),effect=\(effect.rawValue)" }
}

extension NoiseInjector: TextualFilter {
    static let name = "noise-injector"
    static let form = "=RATE[,inside=RATE][,length=N][,seed=N]"
    static let summary = "up to N (16) random bytes come before a frame, or inside"

    init(arguments: inout FaultArguments) throws(FaultTextError) {
        self.init(
            between: try arguments.value(.rate), inside: try arguments.option("inside", .rate) ?? 0,
            length: try arguments.option("length", .positive) ?? 16,
            seed: try arguments.option("seed", .seed))
    }

    var argumentText: String { "=\(between),inside=\(inside),length=\(length)" }
}

extension TextInjector: TextualFilter {
    static let name = "text-injector"
    static let form = "=RATE[,inside=RATE][,text=TEXT][,seed=N]"
    static let summary = "console text comes before a frame, or inside"

    init(arguments: inout FaultArguments) throws(FaultTextError) {
        self.init(
            between: try arguments.value(.rate), inside: try arguments.option("inside", .rate) ?? 0,
            text: try arguments.option("text", .text) ?? Self.defaultText,
            seed: try arguments.option("seed", .seed))
    }

    var argumentText: String { "=\(between),inside=\(inside)" + textOption(text) }
}

extension LogInjector: TextualFilter {
    static let name = "log-injector"
    static let form = "=RATE[,inside=RATE][,text=TEXT][,seed=N]"
    static let summary = "log frames (address 1) come before a frame, or inside"

    init(arguments: inout FaultArguments) throws(FaultTextError) {
        self.init(
            between: try arguments.value(.rate), inside: try arguments.option("inside", .rate) ?? 0,
            text: try arguments.option("text", .text) ?? TextInjector.defaultText,
            seed: try arguments.option("seed", .seed))
    }

    var argumentText: String { "=\(between),inside=\(inside)" + textOption(text) }
}

/// A text as an option, if it is not the usual one.
func textOption(_ text: String) -> String {
    text == TextInjector.defaultText ? "" : ",text=" + FaultNumber.escaped(text)
}
