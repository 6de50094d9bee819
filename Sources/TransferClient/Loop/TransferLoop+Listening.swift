package import PigweedRPC
internal import PigweedTransfer
package import SerialPort

/// What is heard on the line where no transfer runs.
extension TransferLoop {
    /// Listens between two transfers, so that the device can print, and hears of transfers that it takes for open.
    ///
    /// - Parameters:
    ///   - descriptor: ends the wait by becoming readable.
    ///   - deviceOutput: is given what the device prints.
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
            // The next transfer meets the same line and says so. The number of its node must be free meanwhile.
            transport.close()
            while !DescriptorWait.isReady(descriptor, for: .read, until: nil) {}
        }
    }

    /// How listening ended.
    package enum ListeningEnd: Hashable, Sendable {
        /// The device printed what was waited for.
        case heard
        /// The time is over.
        case deadline
        /// A signal asked to stop.
        case interrupted(signal: Int32)
        /// The device does not have the log service; told once.
        case logRefused(Status)
    }

    /// Listens to what the device prints, between two transfers or without any. What came right behind the last transfer is
    /// not lost.
    ///
    /// - Parameters:
    ///   - deadline: when to stop; `nil` for never.
    ///   - stop: ends it early.
    ///   - deviceOutput: is given what the device prints, and tells whether that was waited for.
    /// - Throws: why the line broke; with ``use(_:)`` it can continue over another one.
    package mutating func listen(
        until deadline: Instant?, stop: StopRequest?, deviceOutput: (Span<UInt8>, DeviceOutputPlace) -> Bool
    ) throws(SerialPortError) -> ListeningEnd {
        line.output.removeAll()
        var textDeadline: Instant? = MonotonicClock.now + Self.textTimeout
        while true {
            if let signal = stop?.signal { return .interrupted(signal: signal) }
            // What arrived while this process could not run is not late: it is read before the end.
            let isOver = deadline.map { MonotonicClock.now >= $0 } ?? false
            if let time = engine.nextTimeout, time <= MonotonicClock.now {
                engine.handleTimeout(at: MonotonicClock.now)
                engine.transmit(into: &line.output.bytes)
                try line.send()
            }
            let count = try line.exchange(
                until: isOver
                    ? .zero : [deadline, textDeadline, engine.nextTimeout].compactMap(\.self).min(),
                stop: stop)
            var isHeard = Self.feed(line.input, count: count, to: &engine, deviceOutput)
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

    /// From now on takes the device's log from `pw.log.Logs.Listen`, too, in whatever is done on the line.
    package mutating func openLog() {
        usesLogService = true
        engine.open(SideStream(LogService.listen))
    }

    /// Tells the device that nobody listens to its log any more. A line that is broken is told nothing.
    package mutating func closeLog() {
        guard usesLogService else { return }
        usesLogService = false
        engine.closeSideStream()
        engine.transmit(into: &line.output.bytes)
        do throws(SerialPortError) {
            try line.send(until: MonotonicClock.now + Self.farewellTimeout)
        } catch {
            line.output.removeAll()
        }
    }

    /// Why the device does not have the log service; `nil` as long as it may.
    package var logRefusal: Status? { engine.sideStreamRefusal }

    /// Gives the engine what has arrived, and hands out what the device printed.
    ///
    /// - Returns: whether one of the outputs was what was waited for.
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
