// A program whose code is all on the main actor unless it says otherwise, with the test of its model against a board that is
// simulated within the process.
import TransferManager
import TransferTesting

/// What a window would show.
final class LogModel {
    private(set) var text = ""
    private(set) var percent = 0

    func load(from manager: TransferManager) async throws {
        let progress = TransferProgress(every: .zero)
        let watch = Task {
            for await report in progress {
                guard let total = report.progress.total, total > 0 else { continue }
                percent = Int(report.progress.moved * 100 / total)
            }
        }
        text = String(decoding: try await manager.read(resource: 3, progress: progress), as: UTF8.self)
        await watch.value
    }
}

let (board, transport) = try TestBoard.connected(contents: [3: Array("booted\n".utf8)])
let manager = try TransferManager(over: transport)
let model = LogModel()
try await model.load(from: manager)
await manager.close()
print("model test:", model.text == "booted\n" && model.percent == 100 && board.events.count > 0)
