internal import CLibrary
internal import Machine

/// Why a port that was asked for is not open.
#if hasAttribute(nonexhaustive)
    @nonexhaustive
#endif
public enum PortRequestError: Error, Hashable, Sendable {
    /// No port matches the selector; if the selector is nil, there is no USB serial port. `present` are all ports.
    case noMatch(PortSelector?, present: [SerialPortDescription])

    /// Several ports match the selector. `present` are all ports.
    case severalMatch(PortSelector?, [SerialPortDescription], present: [SerialPortDescription])

    /// The port cannot be used.
    case unusable(SerialPortError)

    /// The caller ended the wait.
    case stopped
}

extension PortRequestError: CustomStringConvertible {
    /// What failed, as one sentence without a full stop.
    public var description: String {
        switch self {
        case .noMatch(let selector?, _): "no serial port is \(selector)"
        case .noMatch(nil, _): "there is no USB serial port"
        case .severalMatch(_, let matches, _):
            "several serial ports match: \(matches.map(\.path).joined(separator: ", "))"
        case .unusable(let error): "\(error)"
        case .stopped: "stopped on request"
        }
    }
}

/// A port to be found, waited for and opened.
public struct PortRequest: Sendable {
    /// How long to wait for a port that cannot be opened yet.
    public enum Patience: Hashable, Sendable {
        /// Do not wait, except for the moment in which udev gives a new node to its group.
        case none
        /// Wait for at most this time.
        case limited(Duration)
        /// Wait for ever.
        case unlimited
    }

    /// What a wait is for.
    public struct WaitReason: Hashable, Sendable {
        package enum Kind: Hashable, Sendable {
            /// There is no port that matches the selector; nil stands for any USB serial port.
            case absence(PortSelector?)
            /// The user may not open the node.
            case permission(path: String)
            /// Another program uses the port.
            case busy(path: String, holder: PortHolder?)
            /// Nobody answers at a network address.
            case noAnswer(address: String)
            /// The server at a network address closes the connection; these are its words, if it said some.
            case turnedAway(address: String, words: String?)
        }

        package let kind: Kind
    }

    /// Events that a caller may want to tell the user.
    public enum News: Hashable, Sendable {
        /// The request waits for this reason. This event comes once for each kind of reason.
        case waiting(WaitReason)
        /// The request waits for a port, and udev does not run here to announce it. So `/dev` is watched, and looked
        /// through every half second.
        case watchingNodes
        /// The request opens this port, which it has found by something else than a path.
        case found(SerialPortDescription)
        /// The server of a serial port refused this setting, without which the port can still be used.
        case notGranted(address: String, String)
    }

    /// The port to open; nil for the only USB serial port there is.
    public var selector: PortSelector?

    /// How the port is set up.
    public var settings = SerialSettings()

    /// How long to wait for the port.
    public var patience = Patience.none

    /// A descriptor that becomes readable when the wait shall end; -1 for none.
    package var stopDescriptor: Int32 = -1

    /// Called, on any thread, for each message to and from the server of a serial port, from the connection on.
    package var negotiationObserver: (@Sendable (NegotiationStep) -> Void)?

    /// How long one attempt waits for the answer of a network address.
    private static let connectionTimeout = Duration.seconds(5)
    /// How long the last attempt waits at least: the time in which a host that is there answers.
    private static let lastConnectionTimeout = Duration.milliseconds(200)

    /// A link to a pseudo-terminal that is gone. The link may lead to a stranger's terminal now, since numbers are used
    /// again.
    var staleLink: LinkIdentity?

    /// Whether the device is found only by its place, since it comes back as another product.
    package var followsPlace = false

    /// A request for a port with the customary settings, which does not wait.
    public init(_ selector: PortSelector?) {
        self.selector = selector
    }

    /// Finds the port, waits for it as long as ``patience`` says, and opens it.
    ///
    /// - Parameter onNews: called for each event meanwhile.
    /// - Throws: `PortRequestError`: the reason why the port is not open when the wait has ended; `stopped` as soon as
    ///   the caller asks for a stop.
    public func open(onNews: (News) -> Void = { _ in }) throws(PortRequestError) -> any ByteTransport {
        var wait = PortWait(self)
        var lastFound: SerialPortDescription?
        while true {
            let failure: PortRequestError
            do throws(PortRequestError) {
                if case .network(let endpoint) = selector?.kind {
                    return try connect(to: endpoint, until: wait.end, onNews)
                }
                let port = try find()
                if let description = port.description {
                    if try wait.settle() { continue }
                    if description != lastFound { onNews(.found(description)) }
                    lastFound = description
                }
                do throws(SerialPortError) {
                    return try SerialPort(opening: port.path, settings: settings)
                } catch {
                    throw .unusable(error)
                }
            } catch {
                failure = error
            }
            try wait.wait(after: failure, tell: onNews)
        }
    }

    /// Finds the path to open.
    private func find() throws(PortRequestError) -> (path: String, description: SerialPortDescription?) {
        if case .node(let path) = selector?.kind {
            if let staleLink, LinkIdentity(at: path) == staleLink { throw .unusable(.notFound(path: path)) }
            return (path, nil)
        }
        let present: [SerialPortDescription]
        do throws(SerialPortError) { present = try SerialPorts.all() } catch { throw .unusable(error) }
        let matches = present.filter { selector?.matches($0) ?? $0.isChosenUnnamed }
        guard let port = matches.first else { throw .noMatch(selector, present: present) }
        guard matches.count == 1 else { throw .severalMatch(selector, matches, present: present) }
        return (port.path, port)
    }

    private func connect(
        to endpoint: NetworkEndpoint, until end: Instant?, _ tell: (News) -> Void
    ) throws(PortRequestError) -> any ByteTransport {
        var timeout = Self.connectionTimeout
        if patience != .none, let end {
            timeout = min(timeout, max(Self.lastConnectionTimeout, end - MonotonicClock.now))
        }
        do throws(SerialPortError) {
            let transport = try open(endpoint, within: timeout, tell)
            // A server that serves somebody else may close the connection at once. A caller that is willing to wait
            // then wants to go on waiting.
            guard patience != .none else { return transport }
            do throws(SerialPortError) {
                try transport.waitForRefusal(stopDescriptor: stopDescriptor)
            } catch {
                transport.close()
                throw error
            }
            return transport
        } catch {
            throw isStopped ? .stopped : .unusable(error)
        }
    }

    private func open(
        _ endpoint: NetworkEndpoint, within timeout: Duration, _ tell: (News) -> Void
    ) throws(SerialPortError) -> any ByteTransport {
        var options = TelnetConnection.Options()
        options.timeout = timeout
        options.stopDescriptor = stopDescriptor
        options.observer = negotiationObserver
        let transport = try endpoint.connect(settings, options)
        for setting in (transport as? TelnetConnection)?.line?.notGranted ?? [] {
            tell(.notGranted(address: transport.name, setting))
        }
        return transport
    }

    var isForNetwork: Bool {
        if case .network = selector?.kind { true } else { false }
    }

    private var isStopped: Bool {
        stopDescriptor >= 0 && DescriptorWait.isReady(stopDescriptor, for: .read, until: .zero)
    }
}

extension PortRequest.WaitReason: CustomStringConvertible {
    /// The port, and why it cannot be opened yet.
    public var description: String {
        switch kind {
        case .absence(nil): "a USB serial port: there is none"
        case .absence(let selector?): "\(DeviceText.visible(selector.description)): it is not there"
        case .permission(let path): "\(DeviceText.visible(path)): no permission to use it yet"
        case .busy(let path, let holder):
            "\(DeviceText.visible(path)): it is in use by " + (holder?.description ?? "another program")
        case .noAnswer(let address): "\(address): there is no connection"
        case .turnedAway(let address, let words):
            "\(address): its server closes the connection"
                + (words.map { " and says: \(DeviceText.visible($0))" } ?? "")
        }
    }
}

/// The identity of a symbolic link, which differs if the link is made again at the same path.
struct LinkIdentity: Hashable, Sendable {
    private let device: dev_t
    private let number: ino_t
    private let seconds: Int
    private let nanoseconds: Int

    /// The link at a path; nil if there is none.
    init?(at path: String) {
        guard let status = linkStatus(at: path), status.isSymbolicLink else { return nil }
        device = status.st_dev
        number = status.st_ino
        seconds = status.st_ctim.tv_sec
        nanoseconds = status.st_ctim.tv_nsec
    }
}
