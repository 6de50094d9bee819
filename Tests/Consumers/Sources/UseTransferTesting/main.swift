import TransferTesting

let (board, transport) = try TestBoard.connected(contents: [3: [1, 2, 3]])
let port = try AsyncTransport(transport)
try await port.write([0x7E, 0x7E])
let answer = try await port.read(timeout: .milliseconds(1))
precondition(answer.isEmpty)
await port.close()
precondition(board.content(of: 3) == [1, 2, 3])
