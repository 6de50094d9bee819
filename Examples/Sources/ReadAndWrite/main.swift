// Reads a resource, writes it into another one, and shows what an error says.
//
//     ReadAndWrite PORT FROM TO
import Glibc
import TransferManager

let arguments = CommandLine.arguments
guard arguments.count == 4, let from = UInt32(arguments[2]), let to = UInt32(arguments[3]) else {
    print("usage: ReadAndWrite PORT FROM TO")
    exit(EX_USAGE)
}
let manager = try await TransferManager(arguments[1])
do throws(TransferError) {
    let data = try await manager.read(resource: from)
    let report = try await manager.write(resource: to, data: data)
    print("copied", report.progress.moved, "bytes")
} catch {
    print(error.status.map { "\($0)" } ?? "no status", "-", error)
}
await manager.close()
