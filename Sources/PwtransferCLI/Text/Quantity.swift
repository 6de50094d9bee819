internal import PigweedTransfer
internal import WireCapture

/// Numbers in a form for people.
enum Quantity {
    private static let units: [(name: String, size: Double)] = [
        ("GiB", 1_073_741_824), ("MiB", 1_048_576), ("KiB", 1024),
    ]

    /// `512 bytes`, `1.5 KiB`.
    static func bytes(_ count: UInt64) -> String {
        let count = Double(count)
        guard let unit = units.first(where: { count >= $0.size }) else {
            return count == 1 ? "1 byte" : "\(Int(count)) bytes"
        }
        return "\(decimal(count / unit.size, places: 1)) \(unit.name)"
    }

    /// `1.5 KiB of 64.0 KiB`.
    static func progress(_ progress: TransferEngine.Progress) -> String {
        guard let total = progress.total else { return bytes(progress.moved) }
        return "\(bytes(progress.moved)) of \(bytes(total))"
    }

    /// `25.6 KiB/s`.
    static func rate(_ count: UInt64, in duration: Duration) -> String {
        rate(Double(count) / max(1e-6, duration / .seconds(1)))
    }

    /// `25.6 KiB/s`.
    static func rate(_ bytesPerSecond: Double) -> String {
        bytes(UInt64(max(0, min(bytesPerSecond, 1e18)))) + "/s"
    }

    /// `1:05`, `1:00:00`.
    static func clock(_ duration: Duration) -> String {
        let seconds = max(0, duration.components.seconds)
        let rest = digits(seconds % 60, 2)
        return seconds >= 3600
            ? "\(seconds / 3600):\(digits(seconds / 60 % 60, 2)):\(rest)" : "\(seconds / 60):\(rest)"
    }

    /// `12 s`.
    static func wholeSeconds(_ duration: Duration) -> String {
        "\(max(0, duration.components.seconds)) s"
    }

    /// `1.50 s`, `2 min 05 s`.
    static func time(_ duration: Duration) -> String {
        let seconds = duration / .seconds(1)
        // From here on, two digits behind the point would give `60.00 s`.
        guard seconds >= 59.995 else { return decimal(seconds, places: 2) + " s" }
        let whole = Int(seconds.rounded())
        return "\(whole / 60) min \(digits(whole % 60, 2)) s"
    }

    /// A number with this many digits behind the point, rounded.
    static func decimal(_ value: Double, places: Int) -> String {
        var scale = 1
        for _ in 0..<places { scale *= 10 }
        let scaled = Int((value * Double(scale)).rounded())
        return "\(scaled / scale).\(digits(scaled % scale, places))"
    }

    /// A whole number that is not negative, with zeros before it up to this many digits.
    static func digits(_ number: some BinaryInteger, _ count: Int, radix: Int = 10) -> String {
        let text = String(number, radix: radix)
        return String(repeating: "0", count: max(0, count - text.count)) + text
    }

    /// A checksum in at least eight digits, since most firmware uses checksums of 32 bits.
    static func checksum(_ value: UInt64?) -> String? {
        value.map { "0x" + Hexadecimal.text($0, digits: 8) }
    }
}
