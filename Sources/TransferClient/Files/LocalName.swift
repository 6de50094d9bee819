internal import SerialPort

/// The name under which a file of a device is kept on this side.
package enum LocalName {
    /// The folders and the file name for a path of a device. They stay inside the folder into which they are put, and
    /// are harmless there: no name is empty, is `.` or `..`, has separators or control characters, or begins with a
    /// dot, as settings of programs do, or with a dash, as options do.
    ///
    /// Unsafe characters are written as their bytes, each as `%` and two hexadecimal digits.
    ///
    /// - Parameters:
    ///   - path: any text.
    ///   - folder: a beginning of the path that is left out, if the path has it.
    /// - Returns: `nil` if nothing is left.
    package static func components(of path: String, in folder: String) -> [String]? {
        let rest =
            path.utf8.starts(with: folder.utf8) ? path.utf8.dropFirst(folder.utf8.count) : path.utf8[...]
        let components = rest.split(separator: UInt8(ascii: "/")).map {
            name(String(decoding: $0, as: UTF8.self))
        }
        return components.isEmpty ? nil : components
    }

    /// A file name, or its beginning, from any text; see ``components(of:in:)``.
    package static func name(_ text: String) -> String {
        let name = safe(text)
        guard let first = text.utf8.first, first == UInt8(ascii: ".") || first == UInt8(ascii: "-") else {
            return name
        }
        return name.utf8.first == first ? escaped(first) + String(name.unicodeScalars.dropFirst()) : name
    }

    /// A part of a file name, behind its beginning, from any text; see ``components(of:in:)``.
    package static func safe(_ name: String) -> String {
        if name == "." || name == ".." { return name.utf8.map(escaped).joined() }
        var result = ""
        for scalar in name.unicodeScalars {
            if isSafe(scalar) {
                result.unicodeScalars.append(scalar)
            } else {
                result += String(scalar).utf8.map(escaped).joined()
            }
        }
        return result
    }

    /// Whether a character may stay. `%` itself may not, so that two names never become one.
    private static func isSafe(_ scalar: Unicode.Scalar) -> Bool {
        scalar != "%" && scalar != "\\" && scalar != "/" && DeviceText.isHarmless(String(scalar))
    }

    private static func escaped(_ byte: UInt8) -> String {
        let digits = String(byte, radix: 16, uppercase: true)
        return "%" + (digits.count < 2 ? "0" : "") + digits
    }
}
