internal import ArgumentParser

/// The program with its commands.
struct RootCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: Program.name,
        abstract: "Moves data to and from microcontrollers that run Google Pigweed.",
        discussion: """
            Examples:
              pwtransfer ports                                  which ports there are
              pwtransfer doctor --talk                          whether the device answers
              pwtransfer read 3 -o log.bin                      resource 3 becomes log.bin
              pwtransfer write 2 firmware.bin --verify readback

            Resources of the device are read and written with pw_transfer, over pw_rpc and HDLC, on a serial port or a \
            TCP connection. Their numbers are chosen by the firmware.

            Completion in this shell: source <(pwtransfer --generate-completion-script bash), or zsh, or fish.
            """,
        version: Program.versionText,
        subcommands: [
            ReadCommand.self, WriteCommand.self, ListCommand.self, RemoveCommand.self, StatusCommand.self,
            MonitorCommand.self, ResetCommand.self,
            PortsCommand.self, DoctorCommand.self, SimulateCommand.self, DecodeCommand.self,
            ConfigCommand.self,
        ])
}
