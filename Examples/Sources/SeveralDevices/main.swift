// Writes a file to several devices side by side, with their progress; one that fails holds up none of the others, and one
// that restarts in the middle is awaited for half a minute.
//
//     SeveralDevices FILE RESOURCE PORT...
import Glibc
import TransferManager

let arguments = CommandLine.arguments
guard arguments.count > 3, let resource = UInt32(arguments[2]) else {
    print("usage: SeveralDevices FILE RESOURCE PORT...")
    exit(EX_USAGE)
}
let file = arguments[1]

/// Writes the file to one device, and tells how it went.
@Sendable func flash(_ port: String) async -> String {
    do {
        let manager = try await TransferManager(port, reconnect: .limited(.seconds(30)))
        let progress = TransferProgress(every: .milliseconds(500))
        let watch = Task {
            for await report in progress { print("\(port): \(report.progress.moved) bytes") }
        }
        let report = try await manager.write(resource: resource, file: file, progress: progress)
        await watch.value
        await manager.close()
        return "PASS \(port): \(report.progress.moved) bytes, reconnections: \(report.reconnects)"
    } catch {
        return "FAIL \(port): \(error)"
    }
}

await withTaskGroup { devices in
    for port in arguments.dropFirst(3) { devices.addTask { await flash(port) } }
    for await result in devices { print(result) }
}
