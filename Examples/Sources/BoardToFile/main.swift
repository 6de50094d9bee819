import TransferClient

let manager = try await TransferManager(CommandLine.arguments.dropFirst().first)
print("talking to", manager.port)
do throws(TransferError) {
    let report = try await manager.read(resource: 3, toFile: "log.bin")
    print(report.progress.moved, "bytes in", report.duration)
} catch {
    print(error)
}
await manager.close()
