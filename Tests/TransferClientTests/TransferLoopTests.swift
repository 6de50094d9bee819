internal import Glibc
internal import PigweedRPC
internal import PigweedTransfer
internal import SerialPort
internal import TestSupport
internal import Testing
@testable internal import TransferClient

@Suite struct TransferLoopTests {
    /// A device may print a prompt and wait, while the pipe on this side is still empty.
    @Test func textIsHandedOutWhileTheFirstBytesAreAwaited() throws {
        let pipe = try Pipe()
        let stop = try StopRequest()
        let listener = Listener { stop.request(signal: SIGINT) }
        var options = TransferLoop.Options()
        options.stop = stop
        options.observer = listener
        options.deadline = .seconds(5)
        let transport = try ScriptedTransport(Array("login: ".utf8))
        let error = try #require(
            #expect(throws: TransferError.self) {
                var loop = TransferLoop(over: transport, configuration: RPCClient.Configuration())
                _ = try loop.write(
                    .write(2, size: nil), from: DataFile.source(descriptor: pipe.readEnd, name: "pipe"),
                    options: options)
            })
        #expect(error.reason == .interrupted(signal: SIGINT))
        #expect(listener.text == Array("login: ".utf8))
        #expect(transport.sent.isEmpty)
    }

    /// This is more than one read takes. It arrived before the time was over.
    @Test func allThatHasArrivedIsHeardAtTheDeadline() throws {
        let text = [UInt8](repeating: UInt8(ascii: "a"), count: 100_000)
        var loop = TransferLoop(over: try ScriptedTransport(text), configuration: RPCClient.Configuration())
        var heard: [UInt8] = []
        let ending = try loop.listen(until: .zero, stop: nil) { bytes, _ in
            bytes.withUnsafeBytes { heard += $0 }
            return false
        }
        #expect(ending == .deadline)
        #expect(heard == text)
    }

    @Test(arguments: [[0xFF, 0xFB, 0x03], [0x7E, 0xFF, 0xFB, 0x03]] as [[UInt8]])
    func aPortInTelnetModeIsNamed(bytes: [UInt8]) throws {
        let transport = try ScriptedTransport(bytes)
        var request = TransferRequest.read(3)
        request.startTimeout = .milliseconds(20)
        request.retries = 0
        let error = try #require(
            #expect(throws: TransferError.self) {
                var loop = TransferLoop(over: transport, configuration: RPCClient.Configuration())
                _ = try loop.read(request, into: MemorySink(limit: 100), options: TransferLoop.Options())
            })
        let text = FailureText(.noAnswer, in: error.report, moved: "0 bytes") { "\($0)" }
        #expect(error.reason == .transfer(.noAnswer))
        #expect((text.advice == FailureText.telnetAdvice) == (bytes[0] == 0xFF))
    }
}

/// Keeps what a device prints.
private final class Listener: TransferObserver {
    private(set) var text: [UInt8] = []
    private let heard: () -> Void

    init(heard: @escaping () -> Void) {
        self.heard = heard
    }

    let nextUpdate: Instant? = nil

    func take(_ event: TransferEvent, _ report: TransferReport, at now: Instant) {
        guard case .deviceOutput(let bytes, _) = event else { return }
        text += bytes
        heard()
    }
}
