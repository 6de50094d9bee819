internal import PigweedRPC
internal import PigweedTransfer
internal import TransferClient

/// A write with everything around it: whether it is needed, where it begins, and whether the data arrived.
struct WriteJob {
    let connection: DeviceConnection
    let source: any ByteSource
    let resource: FoundResource
    let request: TransferRequest
    let proof: ProofOptions
    /// The device's copy, which is compared with the source.
    let copy: DeviceCopy
    /// Whether a source without data is written.
    let allowsEmpty: Bool

    /// - Returns: whether anything was written; `false` if the device has the data already.
    func run() throws(Failure) -> Bool {
        if proof.ifChanged, try isUnchanged() { return false }
        if case .checksum = proof.means, !proof.ifChanged { try copy.checkSupport() }
        if proof.resume {
            try writeRest()
        } else {
            try write(from: 0)
        }
        if proof.means != .none { try verify() }
        return true
    }

    private func verify() throws(Failure) {
        if proof.means == .readback {
            connection.output.note(.readingBack, "reading back to compare with \(source.name)")
        }
        let verification: Verification
        do throws(Failure) { verification = try copy.verification(by: proof.means) } catch {
            throw .notVerified(error, isSameResource: copy.request.resource == request.resource)
        }
        guard verification.isSame else { throw .verification(verification) }
    }

    private func isUnchanged() throws(Failure) -> Bool {
        do throws(Failure) {
            let verification = try copy.verification(by: proof.meansBefore)
            guard verification.isSame else { return false }
            connection.output.tell(.skipped("skipped: \(verification.confirmation)"))
            return true
        } catch {
            // A device without data refuses the read, so writing may help. A device without checksums stays without
            // them.
            guard proof.meansBefore == .readback, error.deviceStatus != nil else { throw error }
            connection.output.note(
                .notCompared, "writing, since there is nothing to compare with: \(error.message)")
            return false
        }
    }

    private func writeRest() throws(Failure) {
        let start = try resumeOffset()
        guard start > 0 else { return try write(from: 0) }
        connection.output.note(
            .goingOn, "going on at byte \(start) of \(source.name), where an earlier write ended")
        do throws(Failure) {
            try write(from: start)
        } catch {
            guard error.asksForStart else { throw error }
            connection.output.note(.startingOver, "\(error.message); writing everything")
            try write(from: 0)
        }
    }

    /// How much of the source the device has already; 0 if that is not certain.
    private func resumeOffset() throws(Failure) -> UInt64 {
        let status = try connection.resourceStatusIfTold(of: request.resource)
        switch try Failure.ofFile(try WriteResumption(status, of: source, algorithms: resumeChecksums)) {
        case .goesOn(let written): return written
        case .startsOver(let cause):
            let reason = cause.sentence(source: source.name)
            connection.output.note(.startingOver, "\(reason); writing everything")
            return 0
        }
    }

    /// The user's algorithm, or all that are never right by chance.
    private var resumeChecksums: [ChecksumAlgorithm] {
        if case .checksum(let algorithm) = proof.means {
            [algorithm]
        } else {
            ChecksumAlgorithm.neverRightByChance
        }
    }

    private func write(from start: UInt64) throws(Failure) {
        // What the device has logged is from the firmware before.
        connection.deviceLog?.stopJudging()
        try connection.transfer(of: resource) { (loop, options) throws(TransferError) in
            var options = options
            options.resumeChecksums = resumeChecksums
            options.refusesEmptySource = !allowsEmpty
            return try loop.write(request, from: source, startingAt: start, options: options)
        }
    }
}
