import ArgumentParser
import CAllocations
import PigweedRPC
import PigweedTransfer
import SerialPort
import TransferClient

/// Counts the allocations of a whole transfer over a port: those of engine, driver and file.
struct AllocationsCommand: ParsableCommand {
    static let configuration = CommandConfiguration(commandName: "allocations")

    enum Direction: String, ExpressibleByArgument, CaseIterable {
        case read, write
    }

    @Option(help: "The port of a device.")
    var port: String

    @Option(help: "Whether to read or to write.")
    var direction = Direction.read

    @Option(help: "The resource.")
    var resource: UInt32

    @Option(help: "The file that is written, or read into.")
    var file: String

    func run() throws {
        var loop = TransferLoop(
            over: try SerialPort(opening: port, settings: SerialSettings()),
            configuration: RPCClient.Configuration())
        let before = allocations_of_thread()
        let report: TransferReport
        switch direction {
        case .read:
            var request = TransferRequest.read(resource)
            request.minDelay = .zero
            report = try loop.read(request, into: DataFile.sink(at: file), options: .init())
        case .write:
            report = try loop.write(
                .write(resource, size: nil), from: DataFile.source(at: file), options: .init())
        }
        let count = allocations_of_thread() - before
        print("{\"bytes\": \(report.progress.moved), \"allocations\": \(count)}")
    }
}
