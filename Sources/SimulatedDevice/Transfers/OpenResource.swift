import PigweedRPC
import PigweedTransfer

/// A resource that is prepared for one transfer, as by a handler of the firmware.
struct OpenResource {
    private let storage: any ResourceStorage
    private let direction: Direction
    private let storedBitFlip: UInt32?
    /// The number of bytes that can be read; 0 in a write.
    let size: UInt32

    /// Prepares a transfer.
    init(
        _ resource: DeviceResource, _ direction: Direction, offset: UInt32,
        configuration: DeviceConfiguration
    ) throws(PrepareError) {
        guard direction == .read ? resource.isReadable : resource.isWritable else {
            throw PrepareError(status: .permissionDenied)
        }
        guard offset == 0 || (resource.supportsOffset && configuration.supportsOffset) else {
            throw PrepareError(status: .unimplemented)
        }
        storage = resource.storage
        self.direction = direction
        storedBitFlip = configuration.storedBitFlip
        switch direction {
        case .read:
            guard let size = storage.size else { throw PrepareError(status: .dataLoss) }
            guard let size = UInt32(exactly: size), offset <= size else {
                throw PrepareError(status: .resourceExhausted)
            }
            self.size = size
        case .write:
            size = 0
            do {
                try storage.beginWrite(at: UInt64(offset))
            } catch {
                let isTooMuch = error == .outOfRange || error == .full
                throw PrepareError(status: isTooMuch ? .resourceExhausted : .dataLoss)
            }
        }
    }

    /// The most bytes that the storage takes from now on.
    var writeLimit: UInt32 { UInt32(clamping: storage.writeLimit ?? .max) }

    /// Appends bytes to `bytes`; false if they cannot be read.
    func read(at offset: UInt32, count: Int, into bytes: inout [UInt8]) -> Bool {
        let expected = bytes.count + count
        do {
            try storage.read(at: UInt64(offset), count: count, into: &bytes)
        } catch {
            return false
        }
        return bytes.count == expected
    }

    /// Stores bytes; false if they cannot be stored.
    func write(_ bytes: Span<UInt8>, at offset: UInt32) -> Bool {
        do {
            if let storedBitFlip, storedBitFlip >= offset, Int(storedBitFlip - offset) < bytes.count {
                var stored = [UInt8](copying: bytes)
                stored[Int(storedBitFlip - offset)] ^= 1
                try storage.write(stored.span, at: UInt64(offset))
            } else {
                try storage.write(bytes, at: UInt64(offset))
            }
        } catch {
            return false
        }
        return true
    }

    /// Ends the transfer and returns its final status, which is `DATA_LOSS` if a write cannot be made visible.
    func finalize(_ status: Status) -> Status {
        guard direction == .write else { return status }
        guard status == .ok else {
            storage.abandonWrite()
            return status
        }
        do {
            try storage.finishWrite()
        } catch {
            return .dataLoss
        }
        return status
    }
}

/// Why a handler was not prepared, as the status that goes to the client. Firmware keeps three statuses as they are:
/// `PERMISSION_DENIED`, `UNIMPLEMENTED` and `RESOURCE_EXHAUSTED`. Every other status becomes `DATA_LOSS`.
struct PrepareError: Error {
    let status: Status
}
