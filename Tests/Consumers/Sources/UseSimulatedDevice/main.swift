import SimulatedDevice

let log = MemoryResource([UInt8](repeating: 0x55, count: 10_000))
var board = VirtualBoard(
    resources: [DeviceResource(id: 3, isWritable: false, storage: log)], latency: .milliseconds(5), loss: 0.05
)
board.send([0x7E, 0x7E])
precondition(board.receive(until: board.now + .seconds(1)).isEmpty)
precondition(board.now == .zero + .seconds(1))
