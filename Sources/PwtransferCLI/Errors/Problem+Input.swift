internal import PigweedTokenizer
internal import SerialPort
internal import WireCapture

extension Problem {
    /// The problem that `decode` cannot read a file to its end.
    init(_ error: CaptureError, name: String) {
        let hint =
            switch error {
            case .unknownFormat: "give --format raw to see the bytes all the same"
            case .tooManyPorts: "put the packets of fewer ports into a file of their own, with Wireshark"
            case .badLine, .badBlock: "what stands before it was printed; record again, or give --format raw"
            }
        self.init(
            .badInput, "\(name) is no capture: \(error)",
            cause: error == .unknownFormat
                ? "it is another file, or the line had another baud rate than the recorder" : nil, hint: hint)
    }

    /// The problem that a token database cannot be used.
    init(_ error: TokenFileError, path: String) {
        let path = DeviceText.visible(path)
        let advice = "give the ELF file from which the firmware was made"
        switch error {
        case .unreadable(let code):
            self.init(
                .tokenDatabase, "cannot read the token database \(path): \(code)",
                hint: "see the name and the permissions: ls -l", status: .noInput)
        case .notAFile:
            self.init(
                .tokenDatabase, "\(path) is no file", cause: "a database is read at several places",
                hint: advice)
        case .noDatabase(let suffix):
            self.init(
                .tokenDatabase, "\(path) has no token database",
                cause: "in a directory, these are the files *\(suffix)")
        case .database(let error):
            let (fault, cause) = Self.text(error)
            self.init(.tokenDatabase, "\(path) \(fault)", cause: cause, hint: advice)
        }
    }

    private static func text(_ error: TokenDatabaseError) -> (fault: String, cause: String) {
        switch error {
        case .unknownFormat:
            ("is no token database", "it is neither an ELF file nor a database as CSV or binary")
        case .truncated: ("is damaged", "it ends before its contents do, or cannot be read to its end")
        case .noTokenSection:
            ("has no tokens", "this ELF file lacks the section .pw_tokenizer.entries; it may be stripped")
        case .damagedEntry(let offset):
            ("is damaged", "in its section .pw_tokenizer.entries there is no entry at offset \(offset)")
        case .tooLarge: ("is too large", "token databases have up to 4 million strings and 256 MiB")
        }
    }
}
