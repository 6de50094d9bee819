internal import PigweedRPC
internal import PigweedTransfer
internal import TransferClient

/// A read that continues where an earlier run of the program ended.
struct ResumedRead {
    let connection: DeviceConnection
    let sink: PartialFileSink
    let request: TransferRequest
    let resource: FoundResource

    func run() throws(Failure) {
        let state = try connection.resourceStatusIfTold(of: request.resource)
        let origin = PartialFileOrigin(
            device: connection.deviceIdentity, resource: request.resource, path: resource.path,
            offset: request.initialOffset,
            state: state.map {
                PartialFileOrigin.ResourceState(
                    readableOffset: $0.readableOffset, readChecksum: $0.readChecksum)
            })
        let refusal = try Failure.ofFile(try sink.prepare(for: origin))
        if let refusal { tellStartingOver(refusal.sentence(about: sink.partialPath)) }
        guard sink.keptSize > 0 else { return try read() }
        connection.output.note(
            .goingOn, "going on at byte \(sink.keptSize) of \(sink.name), where an earlier read ended")
        do throws(Failure) {
            try read()
        } catch {
            guard error.asksForStart else { throw error }
            tellStartingOver(error.message)
            try Failure.ofFile(try sink.startOver())
            try read()
        }
    }

    private func tellStartingOver(_ reason: String) {
        connection.output.note(.startingOver, "\(reason); reading everything")
    }

    private func read() throws(Failure) {
        var request = request
        request.initialOffset += sink.startOffset
        do throws(Failure) {
            try connection.transfer(of: resource, isResumable: true) {
                (loop, options) throws(TransferError) in
                try loop.read(request, into: sink, options: options)
            }
        } catch {
            // The bytes that arrived after the restart may belong to another file. The next run must not find them.
            if case .transfer(let transfer, _) = error, resource.path != nil,
                transfer.report.isResourceDoubtful
            {
                try Failure.ofFile(try sink.restart())
                sink.discard()
            }
            throw error
        }
    }
}

extension PartialFileRefusal {
    /// Why an earlier transfer is not continued.
    fileprivate func sentence(about path: String) -> String {
        switch self {
        case .noRecord: "\(path) has no record of where it came from"
        case .unreadableRecord: "the record beside \(path) makes no sense"
        case .othersCouldChange: "another user could have changed \(path) or its record"
        case .foreign(let origin):
            "\(path) is of resource \(origin.resource)\(origin.path.map { " (\($0))" } ?? "") of device "
                + "\(origin.device) from offset \(origin.offset) on"
        case .resourceChanged: "the resource has changed since \(path) was read, as the device reports"
        case .changed: "\(path) is not as it was left"
        }
    }
}
