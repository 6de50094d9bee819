internal import PigweedFileSystem
internal import PigweedTransfer
internal import ProtobufWire
internal import SerialPort
internal import TransferClient

/// A device's answers to calls: lists of files, and the status of a resource. An answer that decodes survives
/// encoding and decoding. No name of a file leads out of its folder or controls a terminal.
func fuzzListing(_ input: Span<UInt8>) {
    _ = ResourceStatusResponse(decoding: input)
    guard let response = ListResponse(decoding: input) else { return }
    var writer = FieldWriter()
    response.encode(into: &writer)
    let encoded = writer.bytes
    precondition(ListResponse(decoding: encoded.span) == response)
    for entry in response.entries {
        for scalar in DeviceText.visible(entry.path).unicodeScalars {
            precondition(scalar.properties.generalCategory != .control)
        }
        for folder in ["/", "/d/", ""] {
            check(LocalName.components(of: entry.path, in: folder) ?? [])
        }
        check([LocalName.safe(entry.path)].filter { !$0.isEmpty })
    }
}

private func check(_ components: [String]) {
    for component in components {
        precondition(!component.isEmpty && component != "." && component != "..")
        for byte in component.utf8 { precondition(byte >= 0x20 && byte != 0x7F && byte != UInt8(ascii: "/")) }
    }
}
