package import PigweedRPC
internal import PigweedTransfer
package import SerialPort

/// What is heard on the line where no transfer runs.
extension TransferLoop {
    /// Listens between two transfers: hands out the device's output, and answers late chunks of transfers that are
    /// over.
    ///
    /// - Parameters:
    ///   - descriptor: a descriptor that ends the wait when it is readable.
    ///   - deviceOutput: called with each output of the device.
    package mutating func attend(until descriptor: Int32, deviceOutput: (Span<UInt8>) -> Void) {
        func tell(_ text: Span<UInt8>, _: DeviceOutputPlace) -> Bool {
            deviceOutput(text)
            return false
        }
        line.output.removeAll()
        var textDeadline: Instant?
        do throws(SerialPortError) {
            repeat {
                let count = try line.exchange(until: textDeadline, other: descriptor)
                _ = Self.feed(line.input, count: count, to: &engine, tell)
                if count > 0 {
                    textDeadline = MonotonicClock.now + Self.textTimeout
                } else if let silence = textDeadline, MonotonicClock.now >= silence {
                    engine.flushDeviceOutput()
                    _ = Self.feed(line.input, count: 0, to: &engine, tell)
                    textDeadline = nil
                }
                engine.transmit(into: &line.output.bytes)
                try line.send()
            } while !line.isOtherReady
        } catch {
            // The next transfer fails on the same line and reports it. The port is closed, so that its node can go.
            transport.close()
            while !DescriptorWait.isReady(descriptor, for: .read, until: nil) {}
        }
    }

    /// The most bytes that are read after the deadline. The buffers of a driver have 64 KiB, those of a socket more.
    private static let backlogLimit = 1 << 20

    /// How listening ended.
    package enum ListeningEnd: Hashable, Sendable {
        /// The device printed the awaited output.
        case heard
        /// The time is over.
        case deadline
        /// A signal asked to stop.
        case interrupted(signal: Int32)
        /// The device does not have the log service; this is reported once.
        case logRefused(Status)
    }

    /// Listens to the output of the device, between two transfers or without any. Output right behind the last transfer
    /// is not lost.
    ///
    /// - Parameters:
    ///   - deadline: when to stop; `nil` for never.
    ///   - stop: a request that ends listening early.
    ///   - deviceOutput: called with each output of the device; returns whether it is the awaited one.
    /// - Throws: an error if the line broke. After ``use(_:)``, listening can continue over another line.
    package mutating func listen(
        until deadline: Instant?, stop: StopRequest?, deviceOutput: (Span<UInt8>, DeviceOutputPlace) -> Bool
    ) throws(SerialPortError) -> ListeningEnd {
        line.output.removeAll()
        var textDeadline: Instant? = MonotonicClock.now + Self.textTimeout
        var backlog = 0
        while true {
            if let signal = stop?.signal { return .interrupted(signal: signal) }
            let isLate = deadline.map { MonotonicClock.now >= $0 } ?? false
            if let time = engine.nextTimeout, time <= MonotonicClock.now {
                engine.handleTimeout(at: MonotonicClock.now)
                engine.transmit(into: &line.output.bytes)
                try line.send()
            }
            let count = try line.exchange(
                until: isLate
                    ? .zero : [deadline, textDeadline, engine.nextTimeout].compactMap(\.self).min(),
                stop: stop)
            var isHeard = Self.feed(line.input, count: count, to: &engine, deviceOutput)
            // Bytes that arrived while this process could not run are not late: they are read before the end.
            if isLate { backlog += count }
            let isOver = isLate && (count == 0 || backlog >= Self.backlogLimit)
            let isLine = count > 0 && line.input[count - 1] == UInt8(ascii: "\n")
            let isSilent = count == 0 && textDeadline.map { MonotonicClock.now >= $0 } ?? false
            if count > 0 { textDeadline = MonotonicClock.now + Self.textTimeout }
            if isLine || isSilent || isOver {
                engine.flushDeviceOutput()
                isHeard = Self.feed(line.input, count: 0, to: &engine, deviceOutput) || isHeard
                textDeadline = nil
            }
            if isHeard { return .heard }
            if let status = engine.sideStreamRefusal, !hasToldLogRefusal {
                hasToldLogRefusal = true
                return .logRefused(status)
            }
            if isOver { return .deadline }
            engine.transmit(into: &line.output.bytes)
            try line.send()
        }
    }

    /// Begins to take the device's log from `pw.log.Logs.Listen`, too, during transfers, calls and listening.
    package mutating func openLog() {
        usesLogService = true
        engine.open(SideStream(LogService.listen))
    }

    /// Tells the device that nobody listens to its log any more. If the line is broken, nothing is sent.
    package mutating func closeLog() {
        guard usesLogService else { return }
        usesLogService = false
        engine.closeSideStream()
        engine.transmit(into: &line.output.bytes)
        line.sendFarewell()
    }

    /// The status with which the device refused the log service for good; `nil` if it did not.
    package var logRefusal: Status? { engine.sideStreamRefusal }

    /// Gives the engine what has arrived, and hands out what the device printed.
    ///
    /// - Returns: whether `deviceOutput` returned true for one of the outputs.
    private static func feed(
        _ bytes: [UInt8], count: Int, to engine: inout TransferEngine,
        _ deviceOutput: (Span<UInt8>, DeviceOutputPlace) -> Bool
    ) -> Bool {
        var position = 0
        var isHeard = false
        repeat {
            engine.receive(bytes.span.extracting(0..<count), at: &position, now: MonotonicClock.now)
            while let event = engine.nextEvent() {
                guard event == .deviceOutput else { continue }
                isHeard = deviceOutput(engine.deviceOutput, engine.outputPlace) || isHeard
            }
        } while position < count
        return isHeard
    }
}
