import FoundationEssentials
import TransferSimulation

@main
enum Main {
    static func main() async throws {
        let json = try JSONEncoder().encode(await UtilisationTable.measure())
        print(String(decoding: json, as: UTF8.self))
    }
}
