import FoundationEssentials
import TransferSimulation

/// Prints the table of lines with queues as JSON. With `--text [TITLE]`, prints the sections whose title contains
/// TITLE as text.
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
