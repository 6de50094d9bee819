import Glibc
import TransferManager

do {
    let manager = try await TransferManager(CommandLine.arguments.dropFirst().first)
    print("talking to", manager.port)
    let report = try await manager.read(resource: 3, toFile: "log.bin")
    print(report.progress.moved, "bytes in", report.duration)
    await manager.close()
} catch {
    print(error)
    exit(EXIT_FAILURE)
}
