internal import ArgumentParser
internal import SerialPort
internal import TransferClient

struct RemoveCommand: TellingCommand {
    static let configuration = CommandConfiguration(
        commandName: "rm", abstract: "Removes a file of the device.")

    @Argument(help: ArgumentHelp("The file, by its whole name.", valueName: "path"))
    var path: String

    @OptionGroup(title: "Call Options") var callOptions: CallOptions
    @OptionGroup(title: "Port Options") var portOptions: PortOptions
    @OptionGroup(title: "RPC Options") var rpcOptions: RPCOptions
    @OptionGroup var outputOptions: OutputOptions

    var outputStyle: OutputStyle { OutputStyle(outputOptions, command: "rm") }

    func validate() throws {
        guard !path.isEmpty else { throw ValidationError("the path is empty") }
    }

    func run(telling output: Output) throws(Failure) {
        let session = try TransferSession(telling: output, outputOptions)
        try session.connect(over: portOptions, rpcOptions, deadline: callOptions.deadline) {
            connection throws(Failure) in
            try connection.remove(
                path, patience: callOptions.patience(attempts: ListCommand.attempts),
                failure: "\(path) was not removed")
        }
    }
}

extension DeviceConnection {
    /// Removes a file of the device, and reports it.
    ///
    /// - Parameter failure: what did not happen if the call fails, as the beginning of a sentence.
    func remove(_ path: String, patience: CallPatience, failure: String) throws(Failure) {
        // False if the device said that it has no such file, perhaps due to an earlier request.
        let isConfirmed = try files(at: path, patience: patience, failure: failure) {
            files throws(DeviceFilesError) in try files.delete(path)
        }
        output.emit(JSONEvent("removed", ["path": path, "confirmed": isConfirmed]), .result)
        let name = DeviceText.visible(path)
        if isConfirmed {
            output.note(.removed, "removed \(name)")
        } else {
            output.note(
                .removedBefore,
                "the device does not have \(name); an earlier request, whose answer was lost, may have removed it"
            )
        }
    }
}
