internal import CTOML

/// An entry of a configuration file: its key, value and line.
struct TOMLEntry: Equatable, Sendable {
    enum Value: Equatable, Sendable {
        case table([TOMLEntry])
        case array([TOMLEntry])
        case string(String)
        /// A number, as decimal text.
        case number(String)
        case boolean(Bool)
        /// A date or a time of day, which no option takes.
        case time
    }

    /// The key; empty for an item of an array.
    let key: String
    /// The line of the entry, from 1.
    let line: Int
    let value: Value
}

/// A syntax error of a document.
struct TOMLSyntaxError: Error, Equatable {
    let message: String
    /// The line of the error, from 1; `nil` if the error is about the whole document.
    let line: Int?
}

enum TOMLDocument {
    /// The maximum size in bytes. The size limits the recursion of the parser, which is one level for each dot.
    static let sizeLimit = 32_768

    /// The content of a document, in the order of its lines.
    static func entries(of bytes: [UInt8]) throws(TOMLSyntaxError) -> [TOMLEntry] {
        guard bytes.count <= sizeLimit else {
            throw TOMLSyntaxError(message: "larger than \(sizeLimit) bytes", line: nil)
        }
        let parsed = bytes.withUnsafeBytes { bytes in
            ctoml_parse(bytes.baseAddress?.assumingMemoryBound(to: CChar.self), bytes.count)
        }
        guard let document = parsed else { throw TOMLSyntaxError(message: "out of memory", line: nil) }
        defer { ctoml_free(document) }
        var line: UInt32 = 0
        if let error = ctoml_error(document, &line) {
            throw TOMLSyntaxError(message: String(cString: error), line: Int(line))
        }
        for index in 0..<ctoml_node_count(document) {
            let node = ctoml_node_at(document, index)
            // The system would take the NUL for the end of a path.
            if string(node.text, node.text_count).utf8.contains(0)
                || string(node.key, node.key_count).utf8.contains(0)
            {
                throw TOMLSyntaxError(message: "a text with a NUL character", line: Int(node.line))
            }
        }
        var index = 0
        return entries(of: document, from: &index, depth: 0)
    }

    private static func entries(
        of document: OpaquePointer, from index: inout Int, depth: UInt32
    ) -> [TOMLEntry] {
        var entries: [TOMLEntry] = []
        while index < ctoml_node_count(document) {
            let node = ctoml_node_at(document, index)
            guard node.depth == depth else { break }
            index += 1
            let text = string(node.text, node.text_count)
            let value: TOMLEntry.Value
            switch node.kind {
            case CTOML_TABLE:
                value = .table(Self.entries(of: document, from: &index, depth: depth + 1))
            case CTOML_ARRAY:
                value = .array(Self.entries(of: document, from: &index, depth: depth + 1))
            case CTOML_STRING: value = .string(text)
            case CTOML_INTEGER, CTOML_FLOAT: value = .number(text)
            case CTOML_BOOLEAN: value = .boolean(text == "true")
            default: value = .time
            }
            let key = string(node.key, node.key_count)
            entries.append(TOMLEntry(key: key, line: Int(node.line), value: value))
        }
        // The parser sorts tables by their keys; the items of an array stay in their order.
        return entries.first?.key.isEmpty == false ? entries.sorted { $0.line < $1.line } : entries
    }

    private static func string(_ start: UnsafePointer<CChar>?, _ count: Int) -> String {
        String(
            decoding: UnsafeRawBufferPointer(start: start.map(UnsafeRawPointer.init), count: count),
            as: UTF8.self)
    }
}
