internal import SerialPort

extension Problem {
    init(_ mistake: UsageMistake) {
        switch mistake {
        case .misplacedValue(let value):
            self.init(
                .usage, "\(value.option) \(DeviceText.visible(value.word)) can be read in two ways",
                cause: "a value of \(value.option) stands behind an equals sign, since it may be left out",
                hint:
                    "\(value.joined); or, without a value for \(value.option), put it behind the other words")
        case .notUnicode(let word):
            self.init(.usage, "\(word): not UTF-8", hint: "name the file by a link, or rename it")
        case .unknownResource(let name, let known):
            self.init(.usage, "there is no resource named \(name)")
            guard !known.isEmpty else {
                cause = "no configuration in use names resources"
                hint =
                    "give its number, or name it in \(ConfigurationFiles.projectName): [resources] \(name) = NUMBER"
                return
            }
            hint =
                Self.nearest(name, in: known.map(\.name))
                + "the names are: \(known.map { "\($0.name) (\($0.number))" }.joined(separator: ", "))"
        case .severalDevices(let count):
            self.init(
                .usage, "this command takes one device, not \(count)",
                hint: "give --port once, and one port in PWTRANSFER_PORT; read and write take several")
        case .namedTwice(let device, let other):
            self.init(
                .deviceNamedTwice, "\(other) and \(device.name) are the same device", hint: "name it once")
        case .oneOutput(let count, let pattern, let option):
            self.init(
                .sameOutput, "\(count) devices cannot all be read into \(pattern)",
                hint: Self.apart(option))
        case .sameOutput(let first, let second, let path, let option):
            self.init(
                .sameOutput, "\(first.name) and \(second.name) would both have the file \(path)",
                hint: Self.apart(option))
        case .serialNotKnownYet(let device):
            self.init(
                .serialUnknown, "\(device.name) is not there yet, so its serial number is not known",
                hint: "with --wait, name the files by {port} or {index}")
        case .noSerial(let device):
            self.init(
                .serialUnknown, "\(device.name) has no serial number for the name of its file",
                cause: "only USB devices have serial numbers, and not all of them",
                hint: "name the files by {port} or {index}")
        case .streamForSeveral(let name):
            self.init(
                .streamForSeveral, "\(name) is a stream, which only one device can get",
                hint: "put it into a file first, and write that")
        case .recordsOver(let owner, let option, let path):
            self.init(.usage, "\(option) names \(owner): \(path)", hint: "give \(option) a file of its own")
        case .portAsFile(let option, let path):
            self.init(
                .portAsFile, "\(option) names the port of the device itself: \(path)", hint: "name a file")
        case .portAsRecording(let path):
            self.init(
                .portAsFile, "\(path) is a port, not a recording",
                cause: "what comes over a port has no end; to decode it, it is recorded first",
                hint: "to see the frames of a transfer: --trace; to record them: --capture FILE")
        }
    }

    private static func apart(_ option: String) -> String {
        let example = OptionalValue.joined(option, "'log-{serial}.bin'")
        return "give each a file of its own: \(example), or with {port} or {index}"
    }

    /// A question that suggests the nearest name, followed by a space; empty if no name is near.
    static func nearest(_ name: String, in known: [String]) -> String {
        NearestName.find(name, in: known).map { "did you mean \($0)? " } ?? ""
    }
}
