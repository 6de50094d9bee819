import PigweedTokenizer
import PigweedTransfer
import SimulatedDevice
import Testing
import TransferSimulation

/// A device that logs during a transfer. The log takes only the time of its bytes on the line, and no part of it is
/// lost.
@Suite struct LoggingDeviceTests {
    private static let baud = 921_600
    private static let text = "Sensor reading %u"
    private static let data = (0..<1_000_000).map { UInt8(truncatingIfNeeded: $0 ^ $0 >> 8 ^ $0 >> 16) }

    private func run(_ direction: Direction, _ console: ConsoleOutput?) -> TransferSimulation.Result {
        let request =
            direction == .read ? TransferRequest.read(3) : .write(3, size: UInt64(Self.data.count))
        var device = DeviceConfiguration()
        device.minDelay = .zero
        device.window = 16_384
        device.console = console
        var setup = TransferSimulation.Setup(request, data: Self.data, device: device)
        setup.usesLogService = console?.form == .rpc
        return TransferSimulation.run(setup.line(baud: Self.baud, latency: .milliseconds(1)))
    }

    /// The texts of what the device has logged.
    private func lines(_ output: [[UInt8]], _ form: ConsoleOutput.Form) throws -> [String] {
        var builder = TokenDatabaseBuilder()
        let row = String(TokenizedMessage.token(of: Self.text), radix: 16)
        let csv = Array(
            (String(repeating: "0", count: 8 - row.count) + row + ",,\"\",\"\(Self.text)\"\n").utf8)
        _ = try builder.add(fileOf: UInt64(csv.count)) { Array(csv[Int($0.lowerBound)..<Int($0.upperBound)]) }
        var decoder = LogDecoder(builder.build())
        let messages =
            switch form {
            case .text: decoder.decode(text: output.flatMap(\.self))
            case .rpc: output.flatMap { decoder.decode(entries: $0) }
            case .frames, .base64, .tokens: output.flatMap { decoder.decode(frame: $0) }
            }
        return messages.map(\.text)
    }

    /// The device logs 50 lines a second. The transfer gets the rest of the line, except for a fiftieth of the time.
    @Test(arguments: [Direction.read, .write], ConsoleOutput.Form.allCases)
    func theLogCostsItsBytes(_ direction: Direction, _ form: ConsoleOutput.Form) throws {
        let quiet = run(direction, nil)
        let text = form == .text || form == .frames ? Self.text + "\n" : Self.text
        let noisy = run(
            direction, ConsoleOutput(every: .milliseconds(20), as: form, text: text, from: .contact))
        #expect(quiet.isSuccess && noisy.isSuccess)
        #expect(noisy.statistics.repeats == 0)

        let logBytes = noisy.sentByDevice.bytes - quiet.sentByDevice.bytes
        let ideal = quiet.elapsed + Duration.seconds(Double(logBytes) * 10 / Double(Self.baud))
        #expect(noisy.elapsed <= ideal * 1.02, "\(noisy.elapsed), \(ideal), \(quiet.elapsed)")

        let lines = try lines(noisy.deviceOutput, form)
        let expected = Int(noisy.elapsed / .milliseconds(20))
        #expect(lines.count >= expected - 1 && lines.count <= expected + 2, "\(lines.count) of \(expected)")
        let first = try #require(lines.first.flatMap { Int($0.split(separator: " ").last ?? "") })
        #expect(first <= 2)
        #expect(lines == (first..<first + lines.count).map { "Sensor reading \($0)" })
    }
}
