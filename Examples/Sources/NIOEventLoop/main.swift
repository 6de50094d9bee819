// Reads a resource in an event loop of SwiftNIO: the port is opened and set by `SerialPort`, its bytes are moved by NIO, and
// the engine is a handler of the channel. No thread but the event loop's.
//
//     NIOEventLoop PORT RESOURCE
import Glibc
import NIOCore
import NIOPosix
import PigweedTransfer
import SerialPort

/// One read. Bytes and times come from the channel and its event loop.
final class ReadHandler: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private var engine = TransferEngine(
        configuration: RPCClient.Configuration(), seed: .random(in: 0 ... .max))
    private let resource: UInt32
    private let result: EventLoopPromise<[UInt8]>
    private var content: [UInt8] = []
    private var wake: Scheduled<Void>?

    init(_ resource: UInt32, _ result: EventLoopPromise<[UInt8]>) {
        self.resource = resource
        self.result = result
    }

    private var now: Instant { Instant(nanoseconds: Int64(NIODeadline.now().uptimeNanoseconds)) }

    func channelActive(context: ChannelHandlerContext) {
        do throws(TransferFailure) {
            try engine.begin(.read(resource), at: now)
            transmit(context)
        } catch {
            result.fail(error)
        }
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let received = Array(unwrapInboundIn(data).readableBytesView)
        var position = 0
        repeat {
            engine.receive(received.span, at: &position, now: now)
            takeEvents()
        } while position < received.count
        transmit(context)
    }

    func channelInactive(context: ChannelHandlerContext) {
        engine.loseLine(at: now)
        takeEvents()
    }

    private func takeEvents() {
        while let event = engine.nextEvent() {
            switch event {
            case .data:
                engine.appendData(to: &content)
                engine.confirmStored(at: now)
            case .finished(let failure?): result.fail(failure)
            case .finished(nil): result.succeed(content)
            default: break
            }
        }
    }

    /// Sends what the engine has to send, and comes back when it wants to be asked again.
    private func transmit(_ context: ChannelHandlerContext) {
        var output: [UInt8] = []
        engine.transmit(into: &output)
        if !output.isEmpty { context.writeAndFlush(wrapOutboundOut(ByteBuffer(bytes: output)), promise: nil) }
        wake?.cancel()
        guard let time = engine.nextWake else { return }
        let deadline = NIODeadline.uptimeNanoseconds(UInt64(max(time.nanoseconds, 0)))
        wake = context.eventLoop.assumeIsolated().scheduleTask(deadline: deadline) { [self] in
            engine.handleTimeout(at: now)
            takeEvents()
            transmit(context)
        }
    }
}

let arguments = CommandLine.arguments
guard arguments.count == 3, let resource = UInt32(arguments[2]) else {
    print("usage: NIOEventLoop PORT RESOURCE")
    exit(EX_USAGE)
}
let port = try SerialPort(opening: arguments[1])
let loop = MultiThreadedEventLoopGroup.singleton.any()
let result = loop.makePromise(of: [UInt8].self)
let channel = try await NIOPipeBootstrap(group: loop)
    .channelInitializer { channel in
        channel.eventLoop.makeCompletedFuture {
            try channel.pipeline.syncOperations.addHandler(ReadHandler(resource, result))
        }
    }
    // NIO closes the one that it is given; the port closes its own, and puts back its settings.
    .takingOwnershipOfDescriptor(inputOutput: dup(port.fileDescriptor)).get()
do {
    print("read", try await result.futureResult.get().count, "bytes in an event loop")
} catch {
    print(error)
}
try await channel.close()
port.close()
