public import ArgumentParser
internal import CLibrary
internal import HDLC
internal import SystemPackage
internal import TransferClient
public import WireCapture

extension CaptureFormat: ExpressibleByArgument {}

struct DecodeCommand: TellingCommand {
    static let configuration = CommandConfiguration(
        commandName: "decode", abstract: "Prints a recording of the line as frames, packets and chunks.",
        discussion: """
            Examples:
              pwtransfer read 3 -o log.bin --capture session.pcapng
              pwtransfer decode session.pcapng

            Reads what --capture has written, other pcapng files of serial lines, and the raw bytes of a UART, of one \
            direction or both. The lines are those of --trace.
            """)

    @Argument(
        help: ArgumentHelp("The recording; - is standard input.", valueName: "file"), completion: .file())
    var file: String

    @Option(help: "The form of the recording. (default: found out by its beginning)")
    var format: CaptureFormat?

    @Option(
        help: ArgumentHelp(
            "The HDLC address of RPC packets. (default: \(FrameAddress.rpc.rawValue), the letter R)",
            valueName: "n"))
    var address: Number<UInt64>?

    @Flag(help: "Print a JSON object for each frame.")
    var json = false

    private static let pieceSize = 1 << 16

    var outputStyle: OutputStyle { OutputStyle(command: "decode", isJSON: json) }

    func validate() throws {
        guard !file.isEmpty else { throw ValidationError("the name of the file is empty") }
    }

    func run(telling output: Output) throws(Failure) {
        // A signal ends the program at once. JSON output still gets its last event.
        _ = try SignalWatch { output.abort(signal: $0) }
        let name = file == "-" ? "standard input" : file
        let descriptor =
            file == "-"
            ? STDIN_FILENO : try Failure.ofReading(name, try FileSystem.open(file, O_RDONLY | O_NOCTTY))
        defer { if descriptor != STDIN_FILENO { FileSystem.close(descriptor) } }
        guard file == "-" || isatty(descriptor) == 0 else { throw .usage(.portAsRecording(path: file)) }

        var decoder = WireDecoder(address: address.map { FrameAddress(rawValue: $0.value) } ?? .rpc)
        var reader = CaptureReader(format: format)
        var buffer = [UInt8](repeating: 0, count: Self.pieceSize)
        while Console.outputFailure == nil {
            let count = try Self.read(descriptor, into: &buffer, name)
            var events: [WireBytes] = []
            var isCutOff = false
            // Everything before an error is printed as well.
            let failure: CaptureError?
            do throws(CaptureError) {
                if count > 0 {
                    try reader.feed(buffer.span.extracting(first: count), into: &events)
                } else {
                    isCutOff = try reader.finish(into: &events)
                }
                failure = nil
            } catch {
                failure = error
            }
            var items: [WireItem] = []
            for event in events { decoder.receive(event, into: &items) }
            if count == 0 || failure != nil { decoder.finish(into: &items) }
            tell(items, output)
            if let failure { throw .capture(failure, name: name) }
            guard count == 0 else { continue }
            if isCutOff {
                output.note(.captureCutOff, "note: \(name) ends within a record, which is lost")
            }
            return
        }
    }

    private func tell(_ items: [WireItem], _ output: Output) {
        if json {
            for item in items { output.emit(JSONEvent(WireRecord(item))) }
        } else if !items.isEmpty {
            Console.print(items.map(\.line).joined(separator: "\n"))
        }
    }

    private static func read(
        _ descriptor: Int32, into buffer: inout [UInt8], _ name: String
    ) throws(Failure) -> Int {
        do throws(Errno) {
            while true {
                let count = try buffer.filling(buffer.count) { room throws(Errno) in
                    try FileSystem.read(from: descriptor, into: room)
                }
                if let count { return count }
                _ = DescriptorWait.isReady(descriptor, for: .read, until: nil)
            }
        } catch .isDirectory {
            throw .file(.sourceIsDirectory(path: name))
        } catch {
            throw .file(.cannotRead(path: name, error))
        }
    }
}
