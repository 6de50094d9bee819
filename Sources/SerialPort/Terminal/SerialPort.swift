internal import CMachine
internal import CLibrary
internal import Synchronization
internal import SystemPackage

/// An open serial port: locked against other programs, raw, and non-blocking.
///
/// Opening does not reset the board: DTR and RTS change only if asked, and stay as they are when the port is closed.
/// `close`, or the end of the object's life, puts back the line settings that were there before.
public final class SerialPort: ByteTransport {
    /// The path that was opened.
    public let name: String

    private static let open = Mutex<[ObjectIdentifier: OpenTerminal]>([:])

    let stream: StreamDescriptor
    let terminal: OpenTerminal
    let pace: OutputPace

    /// Opens the device node at `path`.
    ///
    /// Bytes that had arrived before are discarded, unless the settings keep them. Low latency is switched on if the
    /// driver has it.
    ///
    /// - Throws: `SerialPortError`: `notFound`, `permissionDenied`, `busy`, `notATerminal`, `rateRejected` if the
    ///   driver set another baud rate, `modemLinesUnsupported` if DTR or RTS was to be set and cannot be.
    public init(opening path: String, settings: SerialSettings = SerialSettings()) throws(SerialPortError) {
        let terminal = try OpenTerminal(path: path, settings: settings)
        self.terminal = terminal
        name = path
        pace = OutputPace(settings)
        stream = StreamDescriptor(terminal.descriptor, kind: .terminal, name: path)
        Self.open.withLock { $0[ObjectIdentifier(self)] = terminal }
    }

    deinit {
        close()
    }

    /// The descriptor to give to `poll(2)`; -1 once closed.
    public var fileDescriptor: Int32 { stream.rawValue }

    /// The state of the line: as the driver reports it now, and as it was found.
    ///
    /// - Throws: `SerialPortError.disconnected` after a hang-up, such as unplugging.
    package func lineState() throws(SerialPortError) -> LineState {
        do throws(Errno) {
            let settings = try LineSettings(of: stream.rawValue)
            return LineState(
                baudRate: settings.baudRate, dropsLinesOnClose: settings.dropsLinesOnClose,
                droppedLinesOnClose: terminal.droppedLinesOnClose)
        } catch {
            throw .using(name, operation: "examine", code: error)
        }
    }

    /// Takes bytes that have arrived. Returns how many were put into `buffer`, 0 if there are none now.
    ///
    /// - Throws: `SerialPortError.disconnected` after a hang-up, such as unplugging.
    public func read(into buffer: UnsafeMutableRawBufferPointer) throws(SerialPortError) -> Int {
        try stream.read(into: buffer)
    }

    /// Hands bytes to the driver. Returns how many it took, 0 if it has no room now.
    ///
    /// - Throws: `SerialPortError.disconnected` after a hang-up, such as unplugging.
    public func write(_ bytes: UnsafeRawBufferPointer) throws(SerialPortError) -> Int {
        let count = try stream.write(bytes)
        if count > 0 { pace.wrote(count) }
        return count
    }

    /// Lets written bytes go out, restores the line settings, and releases the port.
    ///
    /// Waits at most about 1.5 seconds for the device; bytes that are unsent then are discarded. A second call does
    /// nothing.
    public func close() {
        guard stream.relinquish() != nil else { return }
        let isStalled = terminal.release(after: pace)
        // Only now: until the output is out, `abandonAll` must find this port if the program ends.
        let wasOpen = Self.open.withLock { $0.removeValue(forKey: ObjectIdentifier(self)) } != nil
        if wasOpen { terminal.close(isStalled: isStalled) }
    }

    /// Puts back the line settings of all open ports and releases them, for a program that is about to end without
    /// closing them. Waits at most about 300 ms for each. The ports are silent afterwards.
    package static func abandonAll() {
        let terminals = open.withLock { open in
            defer { open = [:] }
            return open.values
        }
        for terminal in terminals { terminal.abandon() }
    }
}

/// The line of an open port.
package struct LineState: Hashable, Sendable {
    /// Bits per second, as the driver says it set them.
    package var baudRate: UInt32

    /// Whether closing the port drops DTR and RTS (`HUPCL`), which restarts some boards. Some drivers always do.
    package var dropsLinesOnClose: Bool

    /// Whether the port, as it was found, would have dropped DTR and RTS when closed.
    package var droppedLinesOnClose: Bool
}
