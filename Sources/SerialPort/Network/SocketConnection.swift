internal import CMachine
internal import CLibrary
internal import Machine
internal import Synchronization
internal import SystemPackage

/// A connection over a socket: to a host simulator or a network serial server, to an emulator on this machine, or from a
/// client of ours.
package final class SocketConnection: ByteTransport {
    /// `tcp:HOST:PORT` or `unix:PATH`: what was connected to, or what the client connected to.
    package let name: String

    private let stream: StreamDescriptor
    /// The first words of the server; nil if this side is the server.
    private let greeting: Mutex<ServerGreeting?>

    /// Takes over a connected, non-blocking socket.
    init(_ descriptor: Int32, name: String, isServer: Bool) {
        self.name = name
        stream = StreamDescriptor(descriptor, kind: .socket, name: name)
        greeting = Mutex(isServer ? ServerGreeting() : nil)
    }

    /// The descriptor to give to `poll(2)`; -1 once closed.
    package var fileDescriptor: Int32 { stream.rawValue }

    /// Takes bytes that have arrived. Returns how many were put into `buffer`, 0 if there are none now.
    ///
    /// - Throws: `SerialPortError.disconnected` once the other side has closed the connection; `turnedAway` if all that
    ///   it sent were a few words.
    package func read(into buffer: UnsafeMutableRawBufferPointer) throws(SerialPortError) -> Int {
        do throws(SerialPortError) {
            let count = try stream.read(into: buffer)
            if count > 0 {
                greeting.withLock { $0?.receive(UnsafeRawBufferPointer(rebasing: buffer.prefix(count))) }
            }
            return count
        } catch {
            guard case .disconnected = error, let words = greeting.withLock({ $0?.words }) else {
                throw error
            }
            throw .turnedAway(address: name, words: words)
        }
    }

    /// Sends bytes. Returns how many were taken, 0 if there is no room now.
    ///
    /// - Throws: `SerialPortError.disconnected` once the other side has closed the connection.
    package func write(_ bytes: UnsafeRawBufferPointer) throws(SerialPortError) -> Int {
        do throws(SerialPortError) {
            return try stream.write(bytes)
        } catch {
            // What the server said before it closed the connection may not have been read yet.
            guard case .disconnected = error, greeting.withLock({ $0?.isOver == false }) else { throw error }
            try discardArrivedBytes()
            throw error
        }
    }

    /// Closes the connection; the system still delivers what was written. A second call does nothing.
    package func close() {
        stream.close()
    }
}

extension ByteTransport {
    /// Waits a moment, in which a server that serves somebody else closes the connection again.
    ///
    /// - Throws: `SerialPortError.turnedAway` if the server closed the connection after a few words, `disconnected` if
    ///   it said nothing.
    func waitForRefusal(stopDescriptor: Int32) throws(SerialPortError) {
        do throws(Errno) {
            try wait(
                for: DescriptorWait.Interest(rawValue: cmachine_peer_hang_up), on: fileDescriptor,
                until: MonotonicClock.now + .milliseconds(250), stopDescriptor: stopDescriptor)
        } catch {
            return
        }
        try discardArrivedBytes()
    }

    /// Reads all bytes that have arrived, for the error that may come after them.
    func discardArrivedBytes() throws(SerialPortError) {
        var buffer = [UInt8](repeating: 0, count: 4096)
        var count = 1
        while count > 0 {
            count = try buffer.filling(buffer.count) { room throws(SerialPortError) in try read(into: room) }
        }
    }
}

/// Connects a non-blocking socket.
///
/// - Parameters:
///   - deadline: when to give up.
///   - stopDescriptor: a descriptor that becomes readable when the wait shall end; -1 for none.
func connectSocket(
    _ descriptor: Int32, to address: UnsafePointer<sockaddr>?, _ length: socklen_t,
    deadline: Instant,
    stopDescriptor: Int32
) throws(Errno) {
    if CLibrary.connect(descriptor, address, length) == 0 { return }
    let code = Errno(rawValue: errno)
    guard code == .nowInProgress || code == .interrupted else { throw code }
    try wait(for: .write, on: descriptor, until: deadline, stopDescriptor: stopDescriptor)
    var result: Int32 = 0
    var size = socklen_t(MemoryLayout<Int32>.size)
    if getsockopt(descriptor, SOL_SOCKET, SO_ERROR, &result, &size) == -1 { throw Errno(rawValue: errno) }
    if result != 0 { throw Errno(rawValue: result) }
}

/// Waits for a descriptor.
///
/// - Throws: `timedOut` at the deadline, `canceled` if the other descriptor became readable before.
func wait(
    for interest: DescriptorWait.Interest, on descriptor: Int32, until deadline: Instant,
    stopDescriptor: Int32
) throws(Errno) {
    var wait = DescriptorWait(count: 2)
    while true {
        let isLast = MonotonicClock.now >= deadline
        wait.set(0, descriptor, interest)
        wait.set(1, stopDescriptor, .read)
        wait.wait(until: deadline)
        if wait.isReady(0, for: interest) { return }
        if wait.isReady(1, for: .read) { throw .canceled }
        if isLast { throw .timedOut }
    }
}
