import PigweedFileSystem
import PigweedRPC
import ProtobufWire

/// The service `pw.file.FileSystem` of a device, in Pigweed's flat form: it knows whole names and no folders.
///
/// As in the real service, a list waits for the line, so that memory stays bounded however long the list is.
struct FileSystemServer {
    /// A list that is being sent.
    private struct Listing {
        /// The header of the messages of the list.
        var packet: Packet
        var entries: [DeviceFile]
        var next = 0
    }

    /// A list pauses while at least this many bytes of frames wait for the line.
    private static let outputLimit = 4096
    /// The most lists at a time; a device has no room for more calls.
    private static let listingLimit = 8

    private var files: [DeviceFile]
    private let fault: ListingFault?
    private var listings: [Listing] = []

    init(_ files: [DeviceFile], fault: ListingFault?) {
        self.files = files
        self.fault = fault
    }

    /// Ends all lists without a word, since the device restarts.
    mutating func reset(_ resources: inout [UInt32: DeviceResource]) {
        listings = []
        guard fault == .renumbered else { return }
        let numbers = files.map(\.resource)
        let moved = numbers.map { resources[$0] }
        for (index, number) in (numbers.dropFirst() + numbers.prefix(1)).enumerated() {
            files[index].resource = number
            resources[number] = moved[index]
        }
    }

    /// Takes a request for a list or a deletion, or the end of such a call.
    mutating func receive(
        _ packet: Packet, request: Span<UInt8>, resources: inout [UInt32: DeviceResource],
        output: inout DeviceOutput
    ) {
        guard packet.kind == .request else {
            listings.removeAll { $0.packet.method == packet.method && $0.packet.callID == packet.callID }
            return
        }
        guard let request = PathRequest(decoding: request), request.path?.isEmpty != true else {
            return Self.end(packet, .dataLoss, &output)
        }
        if packet.method == FileSystemService.delete {
            let status = delete(request.path, resources: &resources)
            return Self.end(packet, status, &output)
        }
        list(request.path, packet, resources: resources, output: &output)
    }

    /// Sends further entries of the lists, as far as the line has room.
    mutating func continueLists(resources: [UInt32: DeviceResource], output: inout DeviceOutput) {
        while let listing = listings.first, output.waitingBytes < Self.outputLimit {
            guard let entry = nextEntry(of: listing, resources: resources) else {
                if fault != .stalls { Self.end(listing.packet, endStatus, &output) }
                listings.removeFirst()
                continue
            }
            listings[0].next &+= 1
            output.send(listing.packet, payload: entry.span)
        }
    }

    private var endStatus: Status { fault == .unknownStatus ? Status(rawValue: 4_000_000_000) : .ok }

    private mutating func list(
        _ path: String?, _ packet: Packet, resources: [UInt32: DeviceResource], output: inout DeviceOutput
    ) {
        guard fault != .silent else { return }
        // The service compares names and nothing else.
        let entries = path.map { path in files.filter { $0.path.utf8.elementsEqual(path.utf8) } } ?? files
        guard path == nil || !entries.isEmpty || fault == .endless else {
            return Self.end(packet, .notFound, &output)
        }
        listings.removeAll { $0.packet.callID == packet.callID }
        guard listings.count < Self.listingLimit else {
            return Self.end(packet, .resourceExhausted, &output)
        }
        var header = packet
        header.kind = .serverStream
        listings.append(Listing(packet: header, entries: entries))
        continueLists(resources: resources, output: &output)
    }

    private func nextEntry(of listing: Listing, resources: [UInt32: DeviceResource]) -> [UInt8]? {
        if fault == .endless {
            let path = "/endless/\(listing.next)"
            return Self.message(FileEntry(path: path, permissions: .read, size: 1, id: 0))
        }
        guard listing.next < listing.entries.count else { return nil }
        let file = listing.entries[listing.next]
        return Self.spoiled(entry(file, resources[file.resource]), by: fault)
    }

    private func entry(_ file: DeviceFile, _ resource: DeviceResource?) -> FileEntry {
        var permissions: FileEntry.Permissions = []
        if resource?.isReadable == true { permissions.insert(.read) }
        if resource?.isWritable == true { permissions.insert(.write) }
        let size = fault == .hugeSizes ? UInt32.max : UInt32(clamping: resource?.storage.size ?? 0)
        return FileEntry(path: file.path, permissions: permissions, size: size, id: file.resource)
    }

    private mutating func delete(_ path: String?, resources: inout [UInt32: DeviceResource]) -> Status {
        guard let path else { return .invalidArgument }
        guard let index = files.firstIndex(where: { $0.path.utf8.elementsEqual(path.utf8) }) else {
            return .notFound
        }
        let file = files[index]
        guard file.isDeletable else { return .unimplemented }
        do throws(StorageError) {
            try resources[file.resource]?.storage.delete()
        } catch {
            return .internal
        }
        resources[file.resource] = nil
        files.remove(at: index)
        return .ok
    }

    private static func end(_ packet: Packet, _ status: Status, _ output: inout DeviceOutput) {
        var answer = packet
        answer.kind = .response
        answer.status = status
        output.send(answer)
    }

    private static func message(_ entry: FileEntry) -> [UInt8] {
        var writer = FieldWriter()
        ListResponse([entry]).encode(into: &writer)
        return writer.bytes
    }

    private static func spoiled(_ entry: FileEntry, by fault: ListingFault?) -> [UInt8] {
        var fields = FieldWriter()
        switch fault {
        case .garbage: return [0xFF, 0xFF, 0xFF]
        case .oversizedNumbers:
            fields.bytes(1, Array(entry.path.utf8).span)
            for number in UInt32(2)...4 { fields.varint(number, .max) }
        case .brokenNames: fields.bytes(1, ([0xFF, 0xFE] + Array(entry.path.utf8)).span)
        default: return message(entry)
        }
        var writer = FieldWriter()
        writer.bytes(1, fields.bytes.span)
        return writer.bytes
    }
}
