/// A setting of a transfer, under its name for users of this library. Texts for other users have other names, such as
/// the options of a program.
package enum TransferSetting: String, Sendable {
    case port
    case baudRate
    case channel
    case address
    case offset
    case chunkSize
    case startTimeout
    case chunkTimeout
    case retries
    case anyVersion = "version nil"
    case legacyVersion = "version .legacy"
    case deviceOutput
    case reconnect
    case restart
    case toFile

    /// How a text names a setting.
    package typealias Naming = (TransferSetting) -> String
}
