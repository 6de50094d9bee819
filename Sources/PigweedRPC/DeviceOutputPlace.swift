/// How the output of a device reaches the client.
package enum DeviceOutputPlace: Hashable, Sendable {
    /// In a frame of its own, on the address of the log: text, or a message in tokens.
    case logFrame
    /// As text between frames.
    case betweenFrames
    /// In a message of `pw.log.Logs.Listen`.
    case logService
}
