internal import ArgumentParser
internal import HDLC
internal import PigweedRPC

/// Where the device listens: its channel and its address.
struct RPCOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "The pw_rpc channel. (default: \(RPCClient.Configuration().channel))", valueName: "n"))
    var channel: Number<UInt32>?

    @Option(
        help: ArgumentHelp(
            "The HDLC address of RPC packets. (default: \(FrameAddress.rpc.rawValue), the letter R)",
            valueName: "n", visibility: .rare)
    )
    var address: Number<UInt64>?

    var clientConfiguration: RPCClient.Configuration {
        var configuration = RPCClient.Configuration()
        if let channel { configuration.channel = channel.value }
        if let address { configuration.address = FrameAddress(rawValue: address.value) }
        return configuration
    }

    /// The settings in words, for the log.
    var summary: String {
        let configuration = clientConfiguration
        return "pw_rpc channel \(configuration.channel), HDLC address \(configuration.address.rawValue)"
    }

    func validate() throws {
        guard channel?.value != 0 else { throw ValidationError("pw_rpc channels begin with 1") }
    }
}
