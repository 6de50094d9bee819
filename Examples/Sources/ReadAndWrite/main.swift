// Reads a resource, writes it into another one, and shows what an error says.
//
//     ReadAndWrite PORT FROM TO
import TransferClient

let (port, from, to) = (CommandLine.arguments[1], CommandLine.arguments[2], CommandLine.arguments[3])
let manager = try await TransferManager(port)
do throws(TransferError) {
    let data = try await manager.read(resource: UInt32(from) ?? 0)
    let report = try await manager.write(resource: UInt32(to) ?? 0, data: data)
    print("copied", report.progress.moved, "bytes")
} catch {
    print(error.status.map { "\($0)" } ?? "no status", "-", error)
}
await manager.close()
