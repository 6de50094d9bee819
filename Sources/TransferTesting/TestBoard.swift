internal import Machine
internal import PigweedTransfer
public import SerialPort
public import SimulatedDevice
internal import Synchronization
internal import SystemPackage

/// A simulated device in real time, for tests of programs that transfer, run by a thread.
///
/// ```swift
/// let (board, transport) = try TestBoard.connected(contents: [3: Array("log".utf8)])
/// let manager = try TransferManager(over: transport)
/// let log = try await manager.read(resource: 3)
/// ```
public final class TestBoard: Sendable {
    private let runner: BoardRunner
    private let stop: Wakeup
    /// Whether the end of the board stops the thread; otherwise the thread stops when the client closes the line.
    private let stopsWithBoard: Bool

    /// A device at the end of a transport, such as a `PseudoTerminal`. The transport is closed when nobody holds the
    /// board any more.
    ///
    /// - Parameters:
    ///   - transport: the device's side of the line.
    ///   - contents: its resources: number and content. All can be read and written.
    ///   - files: the files that `pw.file.FileSystem` lists. Without any, the device has this service only if
    ///     `configuration` says so.
    ///   - configuration: how the device is built.
    ///   - faults: what goes wrong, on the line or in the device.
    /// - Throws: `SerialPortError.system` if the process has no pipe or thread left.
    public convenience init(
        serving transport: any ByteTransport, contents: [UInt32: [UInt8]], files: [DeviceFile] = [],
        configuration: DeviceConfiguration = DeviceConfiguration(), faults: [Fault] = []
    ) throws(SerialPortError) {
        try self.init(transport, contents, files, configuration, faults, stopsWithBoard: true)
    }

    private init(
        _ transport: any ByteTransport, _ contents: [UInt32: [UInt8]], _ files: [DeviceFile],
        _ configuration: DeviceConfiguration, _ faults: [Fault], stopsWithBoard: Bool
    ) throws(SerialPortError) {
        self.stopsWithBoard = stopsWithBoard
        var configuration = configuration
        configuration.supportsFiles = configuration.supportsFiles || !files.isEmpty

        do throws(Errno) {
            let stop = try Wakeup()
            let runner = BoardRunner(contents, files, configuration, faults)
            try BackgroundThread.start { runner.run(on: transport, until: stop) }
            self.stop = stop
            self.runner = runner
        } catch {
            throw .system(operation: "start a thread for", path: transport.name, code: error)
        }
    }

    /// A device and the client's end of a line to it. The device runs until that end is closed.
    public static func connected(
        contents: [UInt32: [UInt8]], files: [DeviceFile] = [],
        configuration: DeviceConfiguration = DeviceConfiguration(), faults: [Fault] = []
    ) throws(SerialPortError) -> (TestBoard, LocalTransport) {
        let (here, there) = try LocalTransport.pair()
        let board = try TestBoard(there, contents, files, configuration, faults, stopsWithBoard: false)
        return (board, here)
    }

    deinit {
        if stopsWithBoard { stop.raise() }
    }

    /// What a resource holds now; `nil` if there is no such resource.
    public func content(of resource: UInt32) -> [UInt8]? { runner.content(of: resource) }

    /// The events of the device so far, at most the first 4096.
    public var events: [DeviceEvent] { runner.events }

    /// Switches the device off and on.
    public func reboot() {
        runner.reboot()
    }
}

/// The device with its line, and what its thread does.
private final class BoardRunner: Sendable {
    private static let eventLimit = 4096
    private static let readSize = 1 << 14
    /// The device stands still while at least this many bytes wait for the client.
    private static let outputLimit = 1 << 16

    private struct State: ~Copyable {
        var board: VirtualBoard
        let resources: [UInt32: MemoryResource]
        var events: [DeviceEvent] = []
    }

    private let state: Mutex<State>

    init(
        _ contents: [UInt32: [UInt8]], _ files: [DeviceFile], _ configuration: DeviceConfiguration,
        _ faults: [Fault]
    ) {
        let resources = contents.mapValues { MemoryResource($0) }
        state = Mutex(
            State(
                board: VirtualBoard(
                    configuration: configuration,
                    resources: resources.map { DeviceResource(id: $0.key, storage: $0.value) }, files: files,
                    baud: nil, faults: faults, startingAt: MonotonicClock.now),
                resources: resources))
    }

    func content(of resource: UInt32) -> [UInt8]? { state.withLock { $0.resources[resource]?.content } }

    var events: [DeviceEvent] { state.withLock { $0.events } }

    func reboot() {
        state.withLock { $0.board.reboot() }
    }

    func run(on transport: any ByteTransport, until stop: Wakeup) {
        defer { transport.close() }
        var wait = DescriptorWait(count: 2)
        var input = [UInt8](repeating: 0, count: Self.readSize)
        var received = 0
        var output: [UInt8] = []
        do throws(SerialPortError) {
            while true {
                let (timeout, isGone) = exchange(Array(input[..<received]), &output)
                if isGone { return }
                let count = try output.span.withUnsafeBytes { bytes throws(SerialPortError) in
                    try transport.write(bytes)
                }
                output.removeFirst(count)
                wait.set(0, transport.fileDescriptor, output.isEmpty ? .read : [.read, .write])
                wait.set(1, stop.descriptor, .read)
                wait.wait(until: output.count < Self.outputLimit ? timeout : nil)
                if wait.isReady(1, for: .read) { return }
                received = 0
                guard wait.isReady(0, for: .read) else { continue }
                received = try input.filling(input.count) { bytes throws(SerialPortError) in
                    try transport.read(into: bytes)
                }
            }
        } catch {
            // The client has closed the line, which ends the device.
        }
    }

    /// Advances the line to the present, and puts the received bytes on it.
    ///
    /// - Returns: when something happens next, and whether the device has gone away.
    private func exchange(
        _ received: [UInt8], _ output: inout [UInt8]
    ) -> (timeout: Instant?, isGone: Bool) {
        state.withLock { state -> (timeout: Instant?, isGone: Bool) in
            Self.advance(&state.board, &output)
            if !received.isEmpty {
                state.board.send(received)
                Self.advance(&state.board, &output)
            }
            var isGone = false
            while let event = state.board.nextEvent() {
                if event == .unplugged || event == .hungUp { isGone = true }
                if state.events.count < Self.eventLimit { state.events.append(event) }
            }
            return (state.board.nextWake, isGone)
        }
    }

    private static func advance(_ board: inout VirtualBoard, _ output: inout [UInt8]) {
        let now = MonotonicClock.now
        while output.count < outputLimit {
            let bytes = board.receive(until: now)
            if bytes.isEmpty { return }
            output += bytes
        }
    }
}
