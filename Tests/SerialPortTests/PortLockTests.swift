internal import CMachine
internal import Glibc
internal import Machine
@testable internal import SerialPort
internal import Testing
internal import TestSupport

@Suite struct PortLockTests {
    private let ourselves = PortHolder(pid: getpid())

    @Test func aSecondOpeningNamesTheHolder() throws {
        let device = try PseudoTerminal()
        let port = try SerialPort(opening: device.slavePath)
        #expect(!ourselves.name.isEmpty)
        #expect(throws: SerialPortError.busy(path: device.slavePath, holder: ourselves)) {
            try SerialPort(opening: device.slavePath)
        }
        #expect(try port.readAvailable() == [])
    }

    @Test func aRefusedOpeningDisturbsNothing() throws {
        let device = try PseudoTerminal()
        let port = try SerialPort(opening: device.slavePath, settings: SerialSettings(baudRate: 250_000))
        try device.write(all: [1, 2, 3])
        try waitFor(POLLIN, on: port.fileDescriptor)
        #expect(throws: SerialPortError.self) { try SerialPort(opening: device.slavePath) }
        #expect(try port.read(count: 3) == [1, 2, 3])
        #expect(try LineSettings(of: port.fileDescriptor).baudRate == 250_000)
    }

    @Test func closingReleasesTheLock() throws {
        let device = try PseudoTerminal()
        try SerialPort(opening: device.slavePath).close()
        let port = try SerialPort(opening: device.slavePath)
        #expect(cmachine_is_exclusive(port.fileDescriptor) == 0)
    }

    @Test func aHolderThatWasKilledLeavesNoLock() throws {
        let device = try PseudoTerminal()
        let holder = try LockingProcess(device.slavePath)
        let error = SerialPortError.busy(path: device.slavePath, holder: PortHolder(pid: holder.pid))
        #expect(throws: error) { try SerialPort(opening: device.slavePath) }
        #expect(error.description == "\(device.slavePath) is in use by sh (process \(holder.pid))")
        holder.kill()
        _ = try SerialPort(opening: device.slavePath)
    }

    /// After the program was killed, its exclusive flag stays on the pseudo-terminal. Only root can then open the
    /// terminal again.
    @Test(.enabled(if: geteuid() == 0, "needs root"))
    func anExclusiveFlagWithoutAHolderIsIgnoredOnAPseudoTerminal() throws {
        let device = try PseudoTerminal()
        let other = open(device.slavePath, O_RDWR | O_NOCTTY | O_CLOEXEC)
        #expect(cmachine_set_exclusive(other, true) == 0)
        Glibc.close(other)
        _ = try SerialPort(opening: device.slavePath)
    }

    @Test func theUserOfATerminalIsFoundAndNotTheOneWhoServesIt() throws {
        let device = try PseudoTerminal()
        let status = try #require(fileStatus(at: device.slavePath))
        #expect(PortHolder.ofTerminal(status) == nil)
        let user = try LockingProcess(device.slavePath)
        #expect(PortHolder.ofTerminal(status) == PortHolder(pid: user.pid))
    }
}
