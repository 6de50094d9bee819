internal import TransferClient

/// A format that the start of a file shows, although the bytes of an image were probably meant.
enum InputFormat: Equatable {
    case intelHex, sRecord, html, gitLFSPointer, elf, uf2

    /// How many bytes at the start of a file are examined.
    static let sampleSize = 64

    init?(start: [UInt8]) {
        let text = String(decoding: start.drop { $0 == 0x20 || (0x09...0x0D).contains($0) }, as: UTF8.self)
        if start.starts(with: [0x7F, 0x45, 0x4C, 0x46]) {
            self = .elf
        } else if start.starts(with: [0x55, 0x46, 0x32, 0x0A, 0x57, 0x51, 0x5D, 0x9E]) {
            self = .uf2
        } else if start.starts(with: "version https://git-lfs.".utf8) {
            self = .gitLFSPointer
        } else if Self.isRecord(start, mark: ":", digits: 10) {
            self = .intelHex
        } else if Self.isRecord(start, mark: "S", digits: 9) {
            self = .sRecord
        } else if ["<!doctype html", "<html"].contains(where: text.lowercased().hasPrefix) {
            self = .html
        } else {
            return nil
        }
    }

    /// Whether the first line is a mark and then, to its end, at least this many hexadecimal digits.
    private static func isRecord(_ start: [UInt8], mark: Character, digits: Int) -> Bool {
        let line = start.prefix { $0 != 0x0A && $0 != 0x0D }
        return line.first == mark.asciiValue && line.count > digits
            && line.dropFirst().allSatisfy { Character(Unicode.Scalar($0)).isHexDigit }
    }

    /// A warning about a file with this name.
    func note(about name: String) -> String {
        let (what, advice) =
            switch self {
            case .intelHex: ("Intel HEX, which is text", "its bytes: objcopy -I ihex -O binary IN OUT")
            case .sRecord: ("S-records, which are text", "its bytes: objcopy -I srec -O binary IN OUT")
            case .html: ("a web page", "see whether a download failed")
            case .gitLFSPointer: ("a pointer of Git LFS, not the file itself", "the file: git lfs pull")
            case .elf: ("an ELF file with all its sections", "its bytes: objcopy -O binary IN OUT")
            case .uf2: ("a UF2 container", "its bytes are what it was made from")
            }
        return "note: \(name) looks like \(what); it is sent as it is; \(advice)"
    }
}

/// A source whose first bytes are examined while they are read.
final class InspectedSource: ByteSource {
    private let source: any ByteSource
    private var inspect: (([UInt8]) -> Void)?

    /// - Parameter inspect: is called once, with the first bytes.
    init(_ source: any ByteSource, inspect: @escaping ([UInt8]) -> Void) {
        self.source = source
        self.inspect = inspect
    }

    var name: String { source.name }
    var size: UInt64? { source.size }
    var waitDescriptor: Int32 { source.waitDescriptor }

    func checkUnchanged() throws(FileError) { try source.checkUnchanged() }

    func read(
        at position: UInt64, into buffer: UnsafeMutableRawBufferPointer
    ) throws(FileError) -> SourceBytes {
        let result = try source.read(at: position, into: buffer)
        // A read of one byte only asks whether the source has any data.
        if position == 0, buffer.count > 1, case .bytes(let count, _) = result, let inspect {
            self.inspect = nil
            inspect(Array(buffer.prefix(min(count, InputFormat.sampleSize))))
        }
        return result
    }
}
