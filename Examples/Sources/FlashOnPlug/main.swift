// Writes a file to every board that is plugged in, until the task or the program ends.
//
//     FlashOnPlug FILE RESOURCE
import Glibc
import TransferManager

/// Flashes boards, each once as long as it stays plugged in.
actor Station {
    private let file: String
    private let resource: UInt32
    private var busy: Set<String> = []

    init(file: String, resource: UInt32) {
        self.file = file
        self.resource = resource
    }

    func run() async throws {
        try await withThrowingDiscardingTaskGroup { boards in
            for try await change in SerialPorts.changes() {
                switch change {
                case .plugged(let port) where busy.insert(port.path).inserted:
                    boards.addTask { await self.flash(port) }
                case .unplugged(let port): busy.remove(port.path)
                case .plugged, .changed: break
                }
            }
        }
    }

    private func flash(_ port: SerialPortDescription) async {
        do {
            let report = try await TransferManager.withPort(port.path) { manager in
                try await manager.write(resource: resource, file: file)
            }
            print("PASS \(port.path): \(report.progress.moved) bytes")
        } catch {
            print("FAIL \(port.path): \(error)")
        }
        // At once, also into a pipe.
        fflush(nil)
    }
}

let arguments = CommandLine.arguments
guard arguments.count == 3, let resource = UInt32(arguments[2]) else {
    print("usage: FlashOnPlug FILE RESOURCE")
    exit(EX_USAGE)
}
try await Station(file: arguments[1], resource: resource).run()
