import PigweedRPC

actor Caller {
    private var client = RPCClient(configuration: RPCClient.Configuration(), firstCallID: 1)

    func call() -> [UInt8] {
        _ = client.open(Method(service: "pw.rpc.EchoService", method: "Echo"), payload: [10, 1, 65])
        var line: [UInt8] = []
        client.transmit(into: &line)
        return line
    }

    /// What the device printed.
    func text(in line: [UInt8]) -> [UInt8] {
        var text: [UInt8] = []
        var position = 0
        while let event = client.next(in: line.span, at: &position) {
            if case .unframed = event {
                client.appendUnframed(to: &text)
            } else {
                client.appendPayload(to: &text)
            }
        }
        return text
    }
}

var configuration = RPCClient.Configuration()
configuration.address = FrameAddress.rpc
let caller = Caller()
let request = await caller.call()
precondition(!request.isEmpty)
let text = await caller.text(in: Array("booted\n~".utf8))
precondition(text == Array("booted\n".utf8))
precondition(Status.notFound.description == "NOT_FOUND")
