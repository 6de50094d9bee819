/// A fault in the form in which users write it: the place where it acts, its name, and its values.
///
///     to-device:data-dropper=0.05        5 % of the frames to the device are lost
///     to-client:window-packet-dropper=0  the first data chunk of every window to the client is lost
///     both:bit-flipper=0.0001,seed=7     bytes in either direction have a wrong bit
///     device:reset-after-chunks=20       the device restarts after 20 chunks
///
/// The general form is `TARGET:NAME[=VALUE][,KEY=VALUE][,FLAG]...`. ``forms`` lists all names. Rates are written as
/// `0.05` or `5%`, times as `250ms` or `1.5s`, lists with slashes as `5/1/-1`, and in a text `%2C` stands for a comma.
/// ``description`` is a text that gives the same fault again.
public struct Fault: Sendable, CustomStringConvertible {
    /// Where a fault acts.
    package enum Target: String, Hashable, Sendable, CaseIterable {
        /// On bytes from the client to the device.
        case toDevice = "to-device"
        /// On bytes from the device to the client.
        case toClient = "to-client"
        /// On bytes of both directions, with a filter of its own in each.
        case both
        /// In the device.
        case device
    }

    fileprivate enum Content: Sendable {
        case filter(any TextualFilter, Target)
        case device(DeviceFault)
    }

    fileprivate let content: Content

    /// The fault that a text describes.
    public init(parsing text: String) throws(FaultTextError) {
        let parts = text.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
        guard let word = parts.first, let target = Target(rawValue: String(word)), parts.count == 2 else {
            let targets = Target.allCases.map { "\($0.rawValue):" }.joined(separator: ", ")
            throw FaultTextError(description: "\(text): a fault begins with one of \(targets)")
        }
        let pair = parts[1].split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
        let name = String(pair.first ?? "")
        let arguments = pair.count > 1 ? pair[1] : nil
        content =
            target == .device
            ? .device(try Self.form(name, in: target, FaultForm.ofDevices).parse(arguments))
            : .filter(try Self.form(name, in: target, FaultForm.filters).parse(arguments), target)
    }

    private static func form<Content>(
        _ name: String, in target: Target, _ forms: [FaultForm<Content>]
    ) throws(FaultTextError) -> FaultForm<Content> {
        if let form = forms.first(where: { $0.name == name }) { return form }
        let names = forms.map(\.name).joined(separator: ", ")
        throw FaultTextError(description: "\(target.rawValue) has no fault \(name); it has \(names)")
    }

    /// The textual form.
    public var description: String {
        switch content {
        case .filter(let filter, let target): "\(target.rawValue):\(filter.text)"
        case .device(let fault): "device:\(fault.text)"
        }
    }

    /// All faults: the form of each, and what the fault does.
    public static var forms: [(form: String, summary: String)] {
        FaultForm.filters.map { ("to-device|to-client|both:\($0.name)\($0.arguments)", $0.summary) }
            + FaultForm.ofDevices.map { ("device:\($0.name)\($0.arguments)", $0.summary) }
    }
}

/// All faults of a simulated line and device.
package struct FaultSet: Sendable {
    /// The filters of bytes to the device, in order.
    package var toDevice: [any FaultFilter] = []
    /// The filters of bytes to the client, in order.
    package var toClient: [any FaultFilter] = []
    /// The faults of the device.
    package var device: [DeviceFault] = []

    /// A set of these faults. Filters act in this order.
    ///
    /// - Parameters:
    ///   - faults: the faults of line and device.
    ///   - seed: the seed from which filters without a seed of their own get their random numbers, each filter
    ///     different ones.
    package init(_ faults: [Fault] = [], seed: UInt64 = 0) {
        var seeds = SplitMix64(seed: seed)
        for fault in faults {
            switch fault.content {
            case .device(let fault): device.append(fault)
            case .filter(let filter, let target):
                let chosen = (seeds.next(), seeds.next())
                if target != .toClient { toDevice.append(Self.seeded(filter, chosen.0)) }
                if target != .toDevice { toClient.append(Self.seeded(filter, chosen.1)) }
            }
        }
    }

    /// The faults that these texts describe; see ``Fault``.
    package init(parsing texts: [String], seed: UInt64 = 0) throws(FaultTextError) {
        var faults: [Fault] = []
        for text in texts { faults.append(try Fault(parsing: text)) }
        self.init(faults, seed: seed)
    }

    private static func seeded(_ filter: any FaultFilter, _ seed: UInt64) -> any FaultFilter {
        guard var filter = filter as? any SeededFilter, filter.random.seed == nil else { return filter }
        filter.random = FaultRandom(seed: seed)
        return filter
    }
}
