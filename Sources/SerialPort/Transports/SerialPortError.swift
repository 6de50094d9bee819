internal import Machine
public import SystemPackage

/// Why a port or a connection could not be opened, or why it ended.
///
/// `description` is a plain sentence for the user. Callers choose what to do, such as an exit code, by the cases.
#if hasAttribute(nonexhaustive)
    @nonexhaustive
#endif
public enum SerialPortError: Error, Hashable, Sendable {
    /// There is no such device: no node at the path, or a node without a device behind it.
    case notFound(path: String)

    /// The user may not open the node.
    case permissionDenied(path: String)

    /// Another program uses the port; `holder` is this program, if it could be found.
    case busy(path: String, holder: PortHolder?)

    /// The path is something else than a serial port: a file, a directory, another kind of device.
    case notATerminal(path: String)

    /// The driver took the baud rate `requested` but set `actual`, which is too far from it.
    case rateRejected(path: String, requested: UInt32, actual: UInt32)

    /// DTR or RTS was to be set, and the port has no such lines.
    case modemLinesUnsupported(path: String)

    /// The device was unplugged, or the other side closed the connection.
    case disconnected(path: String)

    /// The text is not `HOST:PORT` with a port from 0 to 65535.
    case invalidAddress(String)

    /// There is no connection to a network address: the host is unknown, it refuses, or it does not answer in time.
    case connectionFailed(address: String, reason: String)

    /// The server of a network connection closed it after these words, such as "Port already in use".
    case turnedAway(address: String, words: String)

    /// Nobody at a network address takes part in the negotiation of telnet.
    case noAnswer(address: String)

    /// A telnet server refuses an option that is needed.
    case optionRefused(address: String, option: String)

    /// The server of a serial port does not make a setting that is needed.
    case settingRefused(path: String, setting: String)

    /// There is something at the path of a symbolic link that must not be replaced.
    case linkOccupied(path: String)

    /// A symbolic link could not be made.
    case linkFailed(path: String, code: Errno)

    /// A system call failed in another way; `operation` fits into "cannot … PATH".
    case system(operation: String, path: String, code: Errno)
}

extension SerialPortError: CustomStringConvertible {
    /// What failed, as one sentence without a full stop.
    public var description: String {
        switch self {
        case .notFound(let path):
            "\(path): no such device"
        case .permissionDenied(let path):
            "\(path): permission denied"
        case .busy(let path, let holder?):
            "\(path) is in use by \(holder)"
        case .busy(let path, nil):
            "\(path) is in use by another program"
        case .notATerminal(let path):
            "\(path) is not a serial port"
        case .rateRejected(let path, let requested, let actual):
            "\(path) does not do \(requested) baud; its driver set \(actual) instead"
        case .modemLinesUnsupported(let path):
            "\(path) has no DTR and RTS lines to set"
        case .disconnected(let path):
            "\(path) was disconnected"
        case .invalidAddress(let text):
            "\"\(DeviceText.visible(text))\" is not of the form HOST:PORT"
        case .connectionFailed(let address, let reason):
            "cannot connect to \(address): \(reason)"
        case .turnedAway(let address, let words):
            "\(address) closed the connection and said: \(DeviceText.visible(words))"
        case .noAnswer(let address):
            "\(address) accepted the connection and does not answer as a telnet server"
        case .optionRefused(let address, let option):
            "\(address) refuses \(option)"
        case .settingRefused(let path, let setting):
            "\(path) does not set \(setting)"
        case .linkOccupied(let path):
            "\(path) exists and is not a link left over from a simulated device; it is not replaced"
        case .linkFailed(let path, let code):
            "cannot make the link \(path): \(code)"
        case .system(let operation, let path, let code):
            "cannot \(operation) \(path): \(code)"
        }
    }
}

extension SerialPortError {
    /// The same error under the name of a connection that is built on the failed one.
    func named(_ name: String) -> SerialPortError {
        switch self {
        case .disconnected: .disconnected(path: name)
        case .turnedAway(_, let words): .turnedAway(address: name, words: words)
        default: self
        }
    }

    /// The error of a failed `open(2)` or of another call by path.
    static func naming(_ path: String, operation: String, code: Errno) -> SerialPortError {
        switch code {
        // An I/O error means that the device behind the node is just going away.
        case .noSuchFileOrDirectory, .noSuchAddressOrDevice, .operationNotSupportedByDevice, .notDirectory,
            .ioError:
            .notFound(path: path)
        case .permissionDenied, .notPermitted:
            .permissionDenied(path: path)
        case .isDirectory, .inappropriateIOCTLForDevice:
            .notATerminal(path: path)
        default:
            .system(operation: operation, path: path, code: code)
        }
    }

    /// The error of a failed call on an open descriptor.
    static func using(_ path: String, operation: String, code: Errno) -> SerialPortError {
        switch code {
        case .ioError, .noSuchAddressOrDevice, .operationNotSupportedByDevice, .brokenPipe, .connectionReset,
            .connectionAbort, .timedOut, .socketNotConnected, .hostIsDown, .noRouteToHost,
            .networkUnreachable:
            .disconnected(path: path)
        default:
            .system(operation: operation, path: path, code: code)
        }
    }
}
