import PigweedRPC
import PigweedTransfer

/// The transfer service, with its contexts, its resources, and the one thread on which everything happens.
///
/// While a handler prepares or stores, while a data chunk waits for the line, and while a write to a full queue waits,
/// the thread stands still: packets queue up, timers wait.
struct TransferServer: ~Copyable {
    /// The work of a handler on a chunk; everything that follows from the chunk happens at the end of the work.
    private struct Work {
        enum Purpose {
            case prepare(DeviceTransfer, DeviceResource)
            case store
        }

        var purpose: Purpose
        var context: Int
        var chunk: Chunk
        var data: [UInt8]
        var end: Instant
    }

    private struct QueuedPacket {
        var bytes: [UInt8]
        var arrival: Instant
    }

    var io: ServerIO
    private var resources: [UInt32: DeviceResource]
    private var files: FileSystemServer
    private var contexts: [TransferContext]
    private var work: Work?
    private var queue: [QueuedPacket] = []
    /// The earliest time at which the first queued packet began to wait for the thread.
    private var queueHeadSince = Instant.zero
    private var receivedChunks = 0
    /// Whether a client has asked for a restart since the last restart.
    private(set) var isRebootRequested = false
    /// When the write to the port that holds up the thread returns; `nil` if there is none.
    private var writeEnd: Instant?

    init(_ configuration: DeviceConfiguration, resources: [DeviceResource], files: [DeviceFile]) {
        io = ServerIO(configuration)
        self.files = FileSystemServer(files, fault: configuration.listingFault)
        self.resources = Dictionary(resources.map { ($0.id, $0) }) { _, last in last }
        contexts = Array(repeating: TransferContext(), count: min(max(configuration.contexts, 0), 1024))
    }

    /// Discards all calls, transfers and packets; the contents of the resources stay as they are.
    mutating func reset() {
        for index in contexts.indices { contexts[index].abandon() }
        work = nil
        writeEnd = nil
        queue = []
        isRebootRequested = false
        files.reset(&resources)
        io.reset()
    }

    /// When ``advance(to:)`` has something to do; `nil` for never.
    var nextTimeout: Instant? {
        guard let leavesQueue = io.output.nextTimeout else { return nextWork }
        return min(leavesQueue, nextWork ?? leavesQueue)
    }

    private var nextWork: Instant? {
        if let end = writeEnd ?? work?.end { return queue.isEmpty ? end : min(end, queueHeadDeadline) }
        let timer = dueContext().flatMap { contexts[$0].timer }
        guard !queue.isEmpty else { return timer }
        let queueTime = io.output.holdsData ? queueHeadDeadline : queueHeadSince
        return min(timer ?? queueTime, queueTime)
    }

    /// How many chunks were received and sent since the device was made.
    var chunks: Int { receivedChunks + io.output.sentChunks }

    /// How far the running transfers have come in their resources; 0 without any.
    var furthestOffset: Int { contexts.lazy.filter(\.isActive).map { Int($0.offset) }.max() ?? 0 }

    /// The states that transfers are in.
    var states: Set<DeviceState> {
        var states = Set(contexts.compactMap(\.state.asDeviceState))
        if case .prepare = work?.purpose { states.insert(.preparing) }
        return states
    }

    // MARK: Time

    /// Does everything that is due: first a packet that waits, then the work that the packet and the timers ask for, in
    /// the order of the reference's thread.
    mutating func advance(to now: Instant) {
        io.output.advance(to: now)
        if let end = writeEnd {
            dropOverdue(before: end, at: now)
            guard end <= now else { return }
            writeEnd = nil
        }
        while let work {
            dropOverdue(before: work.end, at: now)
            guard work.end <= now else { return }
            self.work = nil
            do {
                try complete(work.purpose, in: work.context, work.chunk, data: work.data.span, at: work.end)
            } catch {
                crash(error)
            }
            processQueue(at: work.end)
        }
        if io.output.holdsData { dropOverdue(before: Instant(nanoseconds: .max), at: now) }
        processQueue(at: now)
        handleTimers(at: now)
    }

    /// Notes that the write of the bytes that were just taken returns only at `end`. The pause between two chunks
    /// begins then.
    mutating func stand(until end: Instant, at now: Instant) {
        guard end > now else { return }
        writeEnd = end
        for index in contexts.indices where contexts[index].hasSentData(at: now) {
            contexts[index].timer = end + contexts[index].interchunkDelay
        }
    }

    private mutating func handleTimers(at now: Instant) {
        while let index = dueContext(), let timer = contexts[index].timer, timer <= now {
            contexts[index].handleTimeout(at: now, io: &io)
        }
    }

    /// The context whose timer is next. While a data chunk waits to be taken, contexts that send data are left out.
    private func dueContext() -> Int? {
        var next: Int?
        var earliest: Instant?
        for index in contexts.indices {
            guard let timer = contexts[index].timer, earliest.map({ timer < $0 }) ?? true else { continue }
            if contexts[index].state == .transmitting, io.output.holdsData { continue }
            next = index
            earliest = timer
        }
        return next
    }

    // MARK: Packets

    /// Takes a packet that has arrived.
    mutating func receive(_ bytes: Span<UInt8>, at now: Instant) {
        guard !isBusy, queue.isEmpty else {
            guard queue.count < DeviceLimits.queuedPackets else { return }
            if queue.isEmpty { queueHeadSince = now }
            return queue.append(QueuedPacket(bytes: Array(copying: bytes), arrival: now))
        }
        process(bytes, at: now)
        advance(to: now)
    }

    /// Whether the thread stands still.
    private var isBusy: Bool { work != nil || writeEnd != nil || io.output.holdsData }

    private var queueHeadDeadline: Instant { queueHeadSince + DeviceLimits.queueingTime }

    private mutating func dropOverdue(before end: Instant, at now: Instant) {
        while !queue.isEmpty, queueHeadDeadline < end, queueHeadDeadline <= now {
            let dropped = queue.removeFirst()
            answerBusy(dropped.bytes.span)
            queueHeadSince = max(queueHeadDeadline, queue.first?.arrival ?? queueHeadDeadline)
        }
    }

    private mutating func processQueue(at now: Instant) {
        while !isBusy, !queue.isEmpty {
            let packet = queue.removeFirst()
            queueHeadSince = now
            process(packet.bytes.span, at: now)
            if work == nil { handleTimers(at: now) }
        }
    }

    private mutating func process(_ bytes: Span<UInt8>, at now: Instant) {
        guard let (packet, payload) = Packet.decode(bytes) else { return }
        switch io.calls.receive(packet, at: now) {
        case .ignore: return
        case .answer(let answer): io.output.send(answer)
        case .open(let direction, let superseded):
            for index in contexts.indices where contexts[index].transfer.direction == direction {
                contexts[index].abort(io: &io)
            }
            for packet in superseded { io.output.send(packet) }
            io.events.append(.streamOpened(direction, callID: packet.callID))
        case .close(let direction): io.events.append(.streamClosed(direction))
        case .log: io.log.receive(packet)
        case .reboot: isRebootRequested = true
        case .resourceStatus:
            let answer = ResourceStatusAnswer(to: bytes.extracting(payload)) { resources[$0] }
            answer.send(to: packet, output: &io.output)
        case .fileSystem:
            files.receive(
                packet, request: bytes.extracting(payload), resources: &resources, output: &io.output)
        case .chunk(let direction):
            do {
                try receiveChunk(bytes.extracting(payload), on: direction, at: now)
            } catch {
                crash(error)
            }
        }
    }

    private mutating func crash(_ reason: CrashReason) {
        reset()
        io.events.append(.crashed(reason))
    }

    /// Continues lists of files for which the line had no room.
    mutating func continueLists() {
        files.continueLists(resources: resources, output: &io.output)
    }

    /// Answers a dropped packet if it asks for a status; others get no answer.
    private mutating func answerBusy(_ bytes: Span<UInt8>) {
        guard let (packet, payload) = Packet.decode(bytes),
            case .resourceStatus = io.calls.receive(packet, at: .zero)
        else { return }
        ResourceStatusAnswer(busyFor: bytes.extracting(payload)).send(to: packet, output: &io.output)
    }

    // MARK: Chunks

    private mutating func receiveChunk(
        _ message: Span<UInt8>, on direction: Direction, at now: Instant
    ) throws(CrashReason) {
        guard let (chunk, range) = Chunk.decode(message, legacyOnly: io.configuration.legacyOnly)
        else { return }
        guard message.count <= io.configuration.chunkBuffer else { throw .chunkLargerThanBuffer }
        receivedChunks += 1
        let data = message.extracting(range)
        if chunk.kind == .start || chunk.isLegacyStart(dataCount: range.count) {
            try receiveStart(chunk, data: data, on: direction, at: now)
        } else if let index = context(for: chunk) {
            let delay = contexts[index].handlingTime(chunk, dataCount: range.count, io.configuration)
            try perform(.store, in: index, chunk, data: data, delay: delay, at: now)
        }
    }

    /// The context of a chunk. Sessions of both directions are searched, the active ones first.
    private func context(for chunk: Chunk) -> Int? {
        let sessionID = chunk.desiredSessionID ?? chunk.sessionID
        let id = sessionID ?? chunk.transferID
        guard id != 0 else { return nil }
        let candidates = contexts.indices.filter {
            let transfer = contexts[$0].transfer
            return contexts[$0].state != .inactive
                && id == (sessionID != nil ? transfer.sessionID : transfer.resourceID)
        }
        return candidates.first { contexts[$0].isActive } ?? candidates.first
    }

    private mutating func receiveStart(
        _ chunk: Chunk, data: Span<UInt8>, on direction: Direction, at now: Instant
    ) throws(CrashReason) {
        let version = chunk.version
        guard let resourceID = version == .legacy ? chunk.transferID : chunk.resourceID else {
            throw .startWithoutResource
        }
        let transfer = DeviceTransfer(
            direction: direction, resourceID: resourceID,
            sessionID: chunk.desiredSessionID ?? chunk.sessionID ?? chunk.transferID, version: version,
            initialOffset: version == .legacy ? 0 : UInt32(clamping: chunk.initialOffset))

        // Firmware since 2026-07 refuses a start with data; older firmware mishandles it.
        guard data.isEmpty else { return refuse(transfer, .invalidArgument) }
        let refusals = io.configuration.refusals
        if let status = refusals[resourceID] ?? refusals[nil] { return refuse(transfer, status) }
        guard let resource = resources[resourceID] else { return refuse(transfer, .notFound) }
        guard let index = contextForStart(sessionID: transfer.sessionID) else {
            return refuse(transfer, .resourceExhausted)
        }
        if contexts[index].state == .initiating {
            // The first answer may be lost. As in the reference, the second one lacks the offset.
            return io.sendStartAck(of: contexts[index].transfer, initialOffset: 0)
        }
        try perform(
            .prepare(transfer, resource), in: index, chunk, data: data, delay: io.configuration.prepareDelay,
            at: now)
    }

    /// The active context of the same session, otherwise the last free one.
    private func contextForStart(sessionID: UInt32) -> Int? {
        contexts.firstIndex { $0.isActive && $0.transfer.sessionID == sessionID }
            ?? contexts.lastIndex { !$0.isActive }
    }

    private mutating func refuse(_ transfer: DeviceTransfer, _ status: Status) {
        io.sendCompletion(status, of: transfer)
        io.events.append(.refused(transfer, status))
    }

    // MARK: Handlers

    /// Lets a handler work, now or until a delay is over.
    private mutating func perform(
        _ purpose: Work.Purpose, in context: Int, _ chunk: Chunk, data: Span<UInt8>, delay: Duration,
        at now: Instant
    ) throws(CrashReason) {
        guard delay <= .zero else {
            work = Work(
                purpose: purpose, context: context, chunk: chunk, data: Array(copying: data),
                end: now + delay)
            return
        }
        try complete(purpose, in: context, chunk, data: data, at: now)
    }

    private mutating func complete(
        _ purpose: Work.Purpose, in context: Int, _ chunk: Chunk, data: Span<UInt8>, at now: Instant
    ) throws(CrashReason) {
        switch purpose {
        case .prepare(let transfer, let resource):
            try contexts[context].start(transfer, of: resource, chunk, data: data, at: now, io: &io)
        case .store: try contexts[context].receive(chunk, data: data, at: now, io: &io)
        }
    }
}

extension [UInt8] {
    init(copying bytes: Span<UInt8>) {
        self = bytes.withUnsafeBufferPointer { Array($0) }
    }
}
