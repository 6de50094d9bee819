/// What can be set for a transfer, under the name that users of this library know it by. Texts for others name it
/// otherwise: those of a program by an option.
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
    case protocolChoice
    case deviceOutput
    case reconnect
    case restart
    case toFile

    /// How a text names a setting.
    package typealias Naming = (TransferSetting) -> String
}
