internal import Machine
@testable internal import SerialPort
internal import Testing

@Suite struct LineControlTests {
    @Test(arguments: [
        (SerialSettings(), 10),
        (SerialSettings(dataBits: .seven, parity: .even), 10),
        (SerialSettings(parity: .odd, stopBits: .two), 12),
        (SerialSettings(dataBits: .five), 7),
    ])
    func aByteTakesItsBits(_ settings: SerialSettings, _ bits: Int) {
        #expect(settings.bitsPerByte == bits)
    }

    @Test func everyFormHasBitsOfItsOwn() throws {
        let terminal = try PseudoTerminal()
        let before = try LineSettings(of: terminal.fileDescriptor)
        var forms: Set<UInt32> = []
        for dataBits in SerialSettings.DataBits.allCases {
            for parity in SerialSettings.Parity.allCases {
                for stopBits in SerialSettings.StopBits.allCases {
                    let settings = SerialSettings(dataBits: dataBits, parity: parity, stopBits: stopBits)
                    forms.insert(before.raw(settings).form)
                }
            }
        }
        #expect(forms.count == 4 * 5 * 2)
        #expect(before.raw(SerialSettings()).form == LineSettings.customaryForm)
    }

    @Test func theRateOfAnOpenPortCanBeChanged() throws {
        let terminal = try PseudoTerminal()
        let port = try SerialPort(opening: terminal.slavePath)
        try port.configure(SerialSettings(baudRate: 9600, stopBits: .two))
        let line = try LineSettings(of: port.fileDescriptor)
        #expect(line.baudRate == 9600)
        #expect(line.form == LineSettings.customaryForm | UInt32(0o100), "CSTOPB")
        #expect(throws: SerialPortError.self) { try port.configure(SerialSettings(baudRate: 0)) }
        #expect(try LineSettings(of: port.fileDescriptor) == line)
    }

    @Test func aPseudoTerminalHasNoModemLines() throws {
        let terminal = try PseudoTerminal()
        let port = try SerialPort(opening: terminal.slavePath)
        let error = SerialPortError.modemLinesUnsupported(path: terminal.slavePath)
        #expect(throws: error) { try port.modemLines() }
        #expect(throws: error) { try port.setModemLines(rts: true) }
        try port.setModemLines()
        port.close()
        #expect(throws: SerialPortError.disconnected(path: terminal.slavePath)) { try port.modemLines() }
    }

    @Test(arguments: LineReset.allCases) func aResetEndsWithoutHoldingTheBoard(_ reset: LineReset) throws {
        // The last state of a line must not hold the reset, whatever the board.
        for line in [\LineReset.Step.dtr, \.rts] {
            #expect(reset.steps.compactMap { $0[keyPath: line] }.last != true)
        }
        #expect(reset.steps.first?.dtr == false)
        #expect(reset.steps.count(where: \.isLastBeforeStart) == 1)
        #expect(reset.steps.last?.isLastBeforeStart == false)
        let terminal = try PseudoTerminal()
        let port = try SerialPort(opening: terminal.slavePath)
        #expect(throws: SerialPortError.modemLinesUnsupported(path: terminal.slavePath)) {
            try port.reset(by: reset)
        }
    }

    @Test func theTouchSetsItsRate() throws {
        let terminal = try PseudoTerminal()
        let port = try SerialPort(opening: terminal.slavePath)
        #expect(try !port.touch(within: .zero))
        #expect(terminal.baudRate == 1200)
    }

    @Test func thePortGoesAwayByTheTouch() throws {
        let terminal = try PseudoTerminal()
        let port = try SerialPort(opening: terminal.slavePath)
        terminal.close()
        #expect(try port.touch(within: .seconds(60)))
    }

    @Test func inputAndOutputCanBeForgotten() async throws {
        let terminal = try PseudoTerminal()
        let port = try SerialPort(opening: terminal.slavePath)
        let bytes: [UInt8] = [1, 2, 3]
        #expect(try bytes.withUnsafeBytes { try terminal.write($0) } == 3)
        #expect(
            DescriptorWait.isReady(port.fileDescriptor, for: .read, until: MonotonicClock.now + .seconds(60)))
        try port.discardInput()
        var room = [UInt8](repeating: 0, count: 8)
        #expect(try room.withUnsafeMutableBytes { try port.read(into: $0) } == 0)
        #expect(try bytes.withUnsafeBytes { try port.write($0) } == 3)
        #expect(try await port.drain(within: .seconds(60)))
        try port.discardOutput()
        #expect(try port.unsentByteCount() == 0)
    }

    @Test func theChangesOfPortsEndWithTheTask() async {
        let follow = Task { for try await _ in SerialPorts.changes() {} }
        follow.cancel()
        // Without udev, the sequence fails at once instead of ending.
        _ = await follow.result
    }
}
