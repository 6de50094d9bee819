import HDLC
internal import PigweedTransfer

/// A device with Pigweed's transfer service: it does byte for byte what the reference's server does, without hardware.
///
/// Like the client's engine it has no clock and no port. Four kinds of calls:
/// - tell: ``receive(_:at:)`` and ``handleTimeout(at:)``; time never goes backwards;
/// - ask: ``nextTimeout``, ``hasOutput``;
/// - take: ``transmit(into:)`` and ``nextEvent()``;
/// - do: ``reboot()``.
///
/// **Backpressure.** A real device hands a chunk to its port and goes on when the port has taken it, so no more than
/// one data chunk waits for the line. It is the same here: a data chunk is produced when it is due *and* the previous
/// one was taken by ``transmit(into:)``. A driver calls this function when the line can carry more, such as at
/// ``SimulatedLink/freeAt``, and then looks at ``nextTimeout`` again, which may have passed already:
///
///     if device.hasOutput, link.freeAt <= now { device.transmit(into: &bytes); link.send(bytes.span, at: now) }
///
/// A port with a queue takes the bytes that fit, and holds up the write of the others. A driver says until when:
///
///     device.standInWrite(until: link.freeAt, at: now)
///
/// So new parameters take effect with the next chunk, and memory stays bounded even for a client that reads nothing.
///
/// Nothing that a client sends stops the program. Input that would make the firmware abort makes this device reboot,
/// with the event ``DeviceEvent/crashed(_:)``.
package struct SimulatedDevice: ~Copyable {
    /// How the device is built.
    package let configuration: DeviceConfiguration

    private var decoder: FrameDecoder
    private var server: TransferServer
    private var schedule: DeviceSchedule
    /// Whether an accident has ended everything that the device does.
    private var isGone = false
    /// Until when the device stands still; `nil` if it does not.
    private var pauseEnd: Instant?
    /// The bytes that have arrived while the device stands still.
    private var waitingInput: [UInt8] = []

    /// A device that has just been switched on. If two resources have the same id, the last one is used.
    ///
    /// - Parameters:
    ///   - configuration: how the device is built.
    ///   - resources: the resources that can be read and written.
    ///   - files: the files that `pw.file.FileSystem` lists, if the configuration has this service.
    package init(
        configuration: DeviceConfiguration = DeviceConfiguration(), resources: [DeviceResource],
        files: [DeviceFile] = []
    ) {
        self.configuration = configuration
        decoder = Self.makeDecoder(configuration)
        server = TransferServer(configuration, resources: resources, files: files)
        schedule = DeviceSchedule(configuration)
    }

    private static func makeDecoder(_ configuration: DeviceConfiguration) -> FrameDecoder {
        let packet = max(configuration.packetBuffer, configuration.chunkBuffer)
        return FrameDecoder(maximumContentSize: FrameFormat.maximumEncodedSize(payload: packet))
    }

    /// Takes bytes from the line.
    package mutating func receive(_ bytes: Span<UInt8>, at now: Instant) {
        if !bytes.isEmpty { schedule.begin(at: now) }
        handleTimeout(at: now)
        process(bytes, at: now)
    }

    private mutating func process(_ bytes: Span<UInt8>, at now: Instant) {
        var position = 0
        while !isGone, pauseEnd == nil, let output = decoder.next(in: bytes, at: &position) {
            guard case .frame(configuration.address, _) = output else { continue }
            Self.deliver(decoder, to: &server, at: now)
            suffer(at: now)
        }
        guard pauseEnd != nil else { return }
        let room = max(DeviceLimits.pausedInput - waitingInput.count, 0)
        waitingInput += [UInt8](copying: bytes.extracting(position..<min(bytes.count, position + room)))
    }

    private static func deliver(
        _ decoder: borrowing FrameDecoder, to server: inout TransferServer, at now: Instant
    ) {
        server.receive(decoder.payload, at: now)
    }

    /// Does everything that is due. Call this when ``nextTimeout`` has come.
    package mutating func handleTimeout(at now: Instant) {
        while let end = pauseEnd {
            guard end <= now else { return }
            // The device first takes the bytes that have arrived during the pause; deadlines come after them.
            pauseEnd = nil
            let bytes = waitingInput
            waitingInput = []
            process(bytes.span, at: now)
        }
        guard !isGone else { return }
        server.advance(to: now)
        if let line = schedule.takeLine(at: now) { server.io.print(line) }
        suffer(at: now)
    }

    /// Lets the accidents, pauses and requested restarts happen that are due after the last step.
    private mutating func suffer(at now: Instant) {
        if server.isRebootRequested { reboot(hangingUp: configuration.hangsUpOnReboot) }
        while schedule.hasAccidents, !isGone,
            let accident = schedule.takeAccident(
                at: now, chunks: server.chunks, states: server.states, offset: server.furthestOffset)
        {
            restart()
            isGone = accident.isFinal
            let event: DeviceEvent =
                switch accident {
                case .reset: .rebooted
                case .hangUp: .hungUp
                case .unplug: .unplugged
                case .fallSilent: .fellSilent
                }
            server.io.events.append(event)
        }
        if let duration = schedule.takePause(movedBytes: server.io.movedBytes) { pauseEnd = now + duration }
    }

    /// When ``handleTimeout(at:)`` has something to do next; `nil` as long as nothing but received bytes can
    /// change anything. Changes with every call that changes the device, ``transmit(into:)`` included.
    package var nextTimeout: Instant? {
        guard !isGone else { return nil }
        if let pauseEnd { return pauseEnd }
        guard let deadline = schedule.deadline else { return server.nextTimeout }
        return min(deadline, server.nextTimeout ?? deadline)
    }

    /// Whether there are frames to send.
    package var hasOutput: Bool { pauseEnd == nil && !server.io.output.frames.isEmpty }

    /// Moves all frames to the end of `output`: answers, and at most one data chunk.
    package mutating func transmit(into output: inout [UInt8]) {
        guard pauseEnd == nil else { return }
        server.io.output.take(into: &output)
        if server.io.hasCompletedWrite { schedule.toldEndOfWrite() }
        server.continueLists()
    }

    /// Notes that the write of the bytes that ``transmit(into:)`` just gave returns only at `end`, since the port's
    /// queue is full. Until then the device makes no chunk, and received bytes wait.
    package mutating func standInWrite(until end: Instant, at now: Instant) {
        server.stand(until: end, at: now)
    }

    /// The next event; `nil` if there is none. When nobody takes events, the oldest are dropped.
    package mutating func nextEvent() -> DeviceEvent? { server.io.events.next() }

    /// Switches the device off and on. Calls, transfers and unsent frames are lost, but not finished writes.
    ///
    /// - Parameter hangingUp: whether the device's port goes away, too.
    package mutating func reboot(hangingUp: Bool = false) {
        isGone = false
        restart()
        server.io.events.append(hangingUp ? .hungUp : .rebooted)
    }

    /// Cancels all accidents and pauses of the configuration that have not happened yet.
    package mutating func endAccidents() {
        schedule.endAccidents()
    }

    private mutating func restart() {
        server.reset()
        schedule.restarted()
        pauseEnd = nil
        waitingInput = []
        decoder = Self.makeDecoder(configuration)
    }
}
