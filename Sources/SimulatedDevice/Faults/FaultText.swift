internal import PigweedRPC
internal import PigweedTransfer

/// Why a text is no fault. The description says what is wrong, and which form is right.
public struct FaultTextError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The reason, as a sentence without a full stop.
    public let description: String
}

/// A name, a value and options: `NAME[=VALUE][,KEY=VALUE][,FLAG]...`
///
/// Values have no comma. In texts, every byte can be written as `%` and two hexadecimal digits.
struct FaultArguments {
    private let name: String
    private let value: String?
    private let form: String
    private var options: [(key: String, value: String?)]

    /// - Parameter form: the form of the value and the options, for errors.
    init(name: String, text: Substring?, form: String) throws(FaultTextError) {
        self.name = name
        self.form = form
        var parts = text.map { $0.split(separator: ",", omittingEmptySubsequences: false) } ?? []
        value = parts.isEmpty ? nil : String(parts.removeFirst())
        options = []
        for part in parts {
            let pair = part.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            let key = String(pair.first ?? "")
            guard !options.contains(where: { $0.key == key }) else { throw error("\(key) stands twice") }
            options.append((key, pair.count > 1 ? String(pair[1]) : nil))
        }
    }

    /// An error that shows the form of the fault.
    func error(_ problem: String) -> FaultTextError {
        FaultTextError(description: "\(name): \(problem); its form is \(name)\(form)")
    }

    /// The value before all options.
    func value<Value>(_ type: FaultValue<Value>) throws(FaultTextError) -> Value {
        guard let value, !value.isEmpty else { throw error("\(type.name) is missing") }
        guard let parsed = type.parse(value) else { throw error("\(value) is not \(type.name)") }
        return parsed
    }

    /// An option with a value, `nil` if it is absent.
    mutating func option<Value>(_ key: String, _ type: FaultValue<Value>) throws(FaultTextError) -> Value? {
        guard let index = options.firstIndex(where: { $0.key == key }) else { return nil }
        guard let text = options.remove(at: index).value else {
            throw error("\(key) needs a value: \(type.name)")
        }
        guard let parsed = type.parse(text) else { throw error("\(key)=\(text): not \(type.name)") }
        return parsed
    }

    /// Whether an option without value is present.
    mutating func flag(_ key: String) throws(FaultTextError) -> Bool {
        guard let index = options.firstIndex(where: { $0.key == key }) else { return false }
        guard options.remove(at: index).value == nil else { throw error("\(key) takes no value") }
        return true
    }

    /// Throws an error if there are more arguments than were read.
    func finish(takesValue: Bool) throws(FaultTextError) {
        if !takesValue, let value { throw error("it takes no value, found \(value)") }
        if let option = options.first { throw error("there is no option \(option.key)") }
    }
}

/// The kind of a value: its name, and how its text is read.
struct FaultValue<Value> {
    /// The name of the kind in errors.
    let name: String
    let parse: (String) -> Value?
}

extension FaultValue<Double> {
    /// `0.05` or `5%`.
    static var rate: Self {
        Self(name: "a rate such as 0.05 or 5%") { text in
            let isPercent = text.hasSuffix("%")
            guard let number = FaultNumber.decimal(text.dropLast(isPercent ? 1 : 0)) else { return nil }
            let rate = isPercent ? number / 100 : number
            return rate <= 1 ? rate : nil
        }
    }
}

extension FaultValue<Int> {
    /// A number from 0 on.
    static var count: Self { Self(name: "a number from 0 on", parse: FaultNumber.whole) }

    /// A number from 1 on.
    static var positive: Self {
        Self(name: "a number from 1 on") { FaultNumber.whole($0).flatMap { $0 > 0 ? $0 : nil } }
    }
}

extension FaultValue<Int?> {
    /// A number from 1 on, or `all`.
    static var positiveOrAll: Self {
        Self(name: "a number from 1 on or all") { text in
            text == "all" ? .some(nil) : FaultValue<Int>.positive.parse(text).map(Optional.init)
        }
    }
}

extension FaultValue<UInt32> {
    /// The number of a resource.
    static var resource: Self { Self(name: "the number of a resource", parse: FaultNumber.whole) }
}

extension FaultValue<Status> {
    /// The name of an error, or its number.
    static var status: Self {
        Self(name: "a status other than OK, such as DATA_LOSS or 15") { text in
            if let number: UInt32 = FaultNumber.whole(text) {
                return number > 0 ? Status(rawValue: number) : nil
            }
            let prefix = "STATUS_"
            let number: UInt32? =
                text.hasPrefix(prefix) ? FaultNumber.whole(String(text.dropFirst(prefix.count))) : nil
            let numbers = number.map { [$0] } ?? Array(1...Status.unauthenticated.rawValue)
            return numbers.lazy.map(Status.init).first { $0.description == text }
        }
    }
}

extension FaultValue<UInt64> {
    /// A seed: any number of 64 bits.
    static var seed: Self { Self(name: "a number from 0 to 2^64 - 1", parse: FaultNumber.whole) }
}

extension FaultValue<[Int]> {
    /// Numbers such as `5/5`, or with infinity `5/1/-1`.
    static func counts(allowsInfinity: Bool) -> Self {
        Self(name: allowsInfinity ? "numbers such as 5/1/-1" : "numbers such as 5/5") { text in
            let numbers = text.split(separator: "/", omittingEmptySubsequences: false).map { part in
                allowsInfinity && part == "-1" ? -1 : FaultNumber.whole(String(part))
            }
            let valid = numbers.compactMap(\.self)
            return valid.count == numbers.count ? valid : nil
        }
    }
}

extension FaultValue<Duration> {
    /// A time such as `250ms` or `1.5s`.
    static var duration: Self {
        Self(name: "a time such as 250ms or 1.5s") { text in
            guard let unit = FaultNumber.units.last(where: { text.hasSuffix($0.suffix) }),
                let number = FaultNumber.decimal(text.dropLast(unit.suffix.count)),
                let nanoseconds = Int64(exactly: (number * Double(unit.nanoseconds)).rounded())
            else { return nil }
            return .nanoseconds(nanoseconds)
        }
    }
}

extension FaultValue<String> {
    /// Text with `%2C` for a comma.
    static var text: Self { Self(name: "text with %XX for special characters", parse: FaultNumber.unescaped) }
}

extension FaultValue {
    /// One of some names.
    static func choice(_ names: [(name: String, value: Value)]) -> Self {
        Self(name: "one of " + names.map(\.name).joined(separator: ", ")) { text in
            names.first { $0.name == text }?.value
        }
    }
}

extension FaultValue where Value: CaseIterable & RawRepresentable<String> {
    /// One of the cases.
    static var choice: Self { choice(Value.allCases.map { ($0.rawValue, $0) }) }
}

/// The text of numbers and times, strictly: no sign, no space.
enum FaultNumber {
    /// The units of time. A suffix such as `ms` comes after the suffixes that it ends with, such as `s`.
    static let units: [(suffix: String, nanoseconds: Int64)] = [
        ("s", 1_000_000_000), ("ms", 1_000_000), ("us", 1000), ("ns", 1),
    ]

    static func whole<Value: FixedWidthInteger>(_ text: String) -> Value? {
        guard text.allSatisfy({ ("0"..."9").contains($0) }) else { return nil }
        return Value(text)
    }

    static func decimal(_ text: Substring) -> Double? {
        guard text.first.map({ ("0"..."9").contains($0) }) == true,
            text.allSatisfy({ ("0"..."9").contains($0) || ".e-".contains($0) })
        else { return nil }
        return Double(text)
    }

    /// A time in the largest unit that needs no fraction.
    static func text(_ duration: Duration) -> String {
        let nanoseconds = duration.saturatedNanoseconds
        for unit in units where nanoseconds.isMultiple(of: unit.nanoseconds) {
            return "\(nanoseconds / unit.nanoseconds)\(unit.suffix)"
        }
        return "\(nanoseconds)ns"
    }

    static func escaped(_ text: String) -> String {
        text.utf8.map { byte in
            let isPlain =
                (0x20..<0x7F).contains(byte) && byte != UInt8(ascii: ",") && byte != UInt8(ascii: "%")
            if isPlain { return String(UnicodeScalar(byte)) }
            let digits = String(byte, radix: 16, uppercase: true)
            return digits.count == 1 ? "%0\(digits)" : "%\(digits)"
        }.joined()
    }

    static func unescaped(_ text: String) -> String? {
        var bytes: [UInt8] = []
        var rest = text.utf8[...]
        while let byte = rest.popFirst() {
            guard byte == UInt8(ascii: "%") else {
                bytes.append(byte)
                continue
            }
            guard rest.count >= 2, let digits = String(rest.prefix(2)), digits.allSatisfy(\.isHexDigit),
                let value = UInt8(digits, radix: 16)
            else { return nil }
            bytes.append(value)
            rest = rest.dropFirst(2)
        }
        return String(validating: bytes, as: UTF8.self)
    }
}

/// The form of a fault: `NAME[=VALUE][,KEY=VALUE][,FLAG]...`
struct FaultForm<Content>: Sendable {
    typealias Reader = @Sendable (inout FaultArguments) throws(FaultTextError) -> Content

    let name: String
    /// The form of everything behind the name.
    let arguments: String
    /// What the fault does, in a few words.
    let summary: String
    private let read: Reader

    init(_ name: String, _ arguments: String, _ summary: String, _ read: @escaping Reader) {
        self.name = name
        self.arguments = arguments
        self.summary = summary
        self.read = read
    }

    /// The fault with these arguments; `text` is the part behind the name and `=`, `nil` if there is none.
    func parse(_ text: Substring?) throws(FaultTextError) -> Content {
        var arguments = try FaultArguments(name: name, text: text, form: self.arguments)
        let content = try read(&arguments)
        try arguments.finish(takesValue: !self.arguments.isEmpty)
        return content
    }
}
