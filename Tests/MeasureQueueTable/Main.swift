import FoundationEssentials
import TransferSimulation

/// Prints the table of lines with queues: as JSON, or with `--text [TITLE]` as text, of the sections whose title holds TITLE.
@main
enum Main {
    static func main() async throws {
        let arguments = CommandLine.arguments.dropFirst()
        guard arguments.first == "--text" else {
            let json = try JSONEncoder().encode(await QueueTable.measure())
            return print(String(decoding: json, as: UTF8.self))
        }
        print(await QueueTable.measure(only: arguments.dropFirst().first).markdown)
    }
}
