internal import Machine

extension SerialPort {
    /// Sets 1200 baud and releases DTR, by which USB boards of the Arduino kind and many others start their bootloader,
    /// and waits until their port goes away. Blocks the calling thread.
    ///
    /// This is `Touch1200bps` in `reset.go` of Arduino's go-serial-utils, and `--arduino-erase` of bossac. Boards look at the
    /// rate when they are told that DTR is released (`CDC_Setup` in `cores/arduino/CDC.cpp` of ArduinoCore-avr), and forget the
    /// touch if DTR is asserted within 120 ms (there) or 250 ms (other cores), so the port is not opened again before it is gone.
    ///
    /// The bootloader's port may have another name, product number and serial number; it is at the same place.
    ///
    /// - Parameters:
    ///   - limit: how long the board may take.
    ///   - stopDescriptor: a descriptor that becomes readable to end the wait.
    /// - Returns: whether the port went away. Then this object must be closed.
    package func touch(
        within limit: Duration = .seconds(5), stopDescriptor: Int32 = -1
    ) throws(SerialPortError) -> Bool {
        do throws(SerialPortError) {
            // The driver tells the board of a change only, and DTR may be released already.
            try configure(SerialSettings(baudRate: 1200, dtr: true, keepsInput: true))
            try setModemLines(dtr: false)
        } catch .modemLinesUnsupported {
            // For some boards the rate alone is enough.
        } catch .disconnected {
            return true
        }
        let end = MonotonicClock.now + limit
        var wait = DescriptorWait(count: 2)
        while true {
            let isLast = MonotonicClock.now >= end
            wait.set(0, fileDescriptor, .hangUp)
            wait.set(1, stopDescriptor, .read)
            wait.wait(until: isLast ? .zero : end)
            if wait.isReady(0, for: .hangUp) { return true }
            if isLast || wait.isReady(1, for: .read) { return false }
        }
    }
}
