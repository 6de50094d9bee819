import PwtransferCLI

@main
enum Main {
    static func main() {
        Program.run()
    }
}
