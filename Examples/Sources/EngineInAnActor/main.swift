// The engine in an actor, over a line that loses one frame in twenty, in virtual time.
import PigweedTransfer
import SimulatedDevice

/// The simulated board as a line.
actor SimulatedLine: Line {
    private var board: VirtualBoard

    init(to storage: sending MemoryResource) {
        board = VirtualBoard(
            resources: [DeviceResource(id: 3, storage: storage)], baud: 115_200, latency: .milliseconds(5),
            loss: 0.05)
    }

    func receive(until deadline: Instant?) -> [UInt8] { board.receive(until: deadline) }

    func send(_ bytes: [UInt8]) { board.send(bytes) }

    func now() -> Instant { board.now }
}

let data = (0..<100_000).map { UInt8(truncatingIfNeeded: $0 &* 31 &+ $0 >> 8) }
let line = SimulatedLine(to: MemoryResource())
let driver = EngineDriver(over: line)
try await driver.write(data, to: 3)
let copy = try await driver.read(3)
let seconds = (await line.now() - .zero).components.seconds
print("wrote and read \(copy.count) bytes in \(seconds) virtual seconds:", copy == data)
