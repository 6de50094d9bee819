/// A string of firmware, and the token that stands for this string.
public struct TokenEntry: Hashable, Sendable {
    /// The day on which a string was found to be no longer in the firmware.
    package struct RemovalDate: Hashable, Comparable, Sendable {
        /// Year, month and day in decimal digits, such as 20260131.
        let number: UInt32

        /// A date; `nil` if there is no such month or day.
        package init?(year: UInt16, month: UInt8, day: UInt8) {
            guard year > 0, year <= 9999, (1...12).contains(month),
                (1...Self.days(in: month, of: year)).contains(day)
            else { return nil }
            number = UInt32(year) * 10_000 + UInt32(month) * 100 + UInt32(day)
        }

        private static func days(in month: UInt8, of year: UInt16) -> UInt8 {
            switch month {
            case 2:
                year.isMultiple(of: 4) && (!year.isMultiple(of: 100) || year.isMultiple(of: 400)) ? 29 : 28
            case 4, 6, 9, 11: 30
            default: 31
            }
        }

        /// The earlier date is the lesser one.
        package static func < (one: RemovalDate, other: RemovalDate) -> Bool { one.number < other.number }
    }

    /// The token, as messages carry it.
    public let token: UInt32
    /// The domain, a set of tokens to which this one belongs; empty for the default domain.
    public let domain: String
    /// The string, with conversions such as `%d` in the form of printf.
    public let string: String
    /// When the string was removed; `nil` if it is still in the firmware.
    package let removed: RemovalDate?

    /// An entry of a string that is there.
    public init(token: UInt32, domain: String = "", string: String) {
        self.init(token: token, domain: domain, string: string, removed: nil)
    }

    package init(token: UInt32, domain: String = "", string: String, removed: RemovalDate?) {
        self.token = token
        self.domain = domain
        self.string = string
        self.removed = removed
    }
}
