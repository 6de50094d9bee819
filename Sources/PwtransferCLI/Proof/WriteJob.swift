internal import PigweedRPC
internal import PigweedTransfer
internal import TransferClient

/// A write with all that belongs to it: whether it is needed, where it begins, and whether it arrived.
struct WriteJob {
    let connection: DeviceConnection
    let source: any ByteSource
    let request: TransferRequest
    let proof: ProofOptions
    /// What the source is compared with.
    let copy: DeviceCopy

    func run() throws(Problem) {
        if proof.ifChanged, try isUnchanged() { return }
        if case .checksum = proof.means, !proof.ifChanged { try copy.checkSupport() }
        if proof.resume {
            try writeRest()
        } else {
            try write(from: 0)
        }
        guard proof.means != .none else { return }
        if proof.means == .readback {
            connection.tell(.note(.readingBack, "reading back to compare with \(source.name)"))
        }
        let verification: Verification
        do throws(Problem) { verification = try copy.verification(by: proof.means) } catch {
            var problem = error
            problem.message = "the data were written, but not verified: \(problem.message)"
            if problem.deviceStatus == .permissionDenied, copy.request.resource == request.resource {
                problem.hint = "name the resource that gives back what was written: --verify-from RESOURCE"
            }
            throw problem
        }
        guard verification.isSame else { throw Problem(verification) }
    }

    private func isUnchanged() throws(Problem) -> Bool {
        do throws(Problem) {
            let verification = try copy.verification(by: proof.meansBefore)
            guard verification.isSame else { return false }
            connection.tell(.skipped("skipped: \(verification.confirmation)"))
            return true
        } catch {
            // A device that has nothing yet refuses to read it; one that cannot tell a checksum never will.
            guard proof.meansBefore == .readback, error.deviceStatus != nil else { throw error }
            connection.tell(
                .note(.notCompared, "writing, since there is nothing to compare with: \(error.message)"))
            return false
        }
    }

    private func writeRest() throws(Problem) {
        let start = try resumeOffset()
        guard start > 0 else { return try write(from: 0) }
        connection.tell(
            .note(.goingOn, "going on at byte \(start) of \(source.name), where an earlier write ended"))
        do throws(Problem) {
            try write(from: start)
        } catch {
            guard error.refusesOffset else { throw error }
            connection.tell(.note(.startingOver, "\(error.message); writing everything"))
            try write(from: 0)
        }
    }

    /// Where the device stands, if that is known to be the beginning of the source.
    private func resumeOffset() throws(Problem) -> UInt64 {
        func startOver(_ reason: String) -> UInt64 {
            connection.tell(.note(.startingOver, "\(reason); writing everything"))
            return 0
        }
        guard let status = try connection.resourceStatusIfTold(of: request.resource) else {
            return startOver("the device does not tell how far an earlier write came")
        }
        let written = status.writeableOffset
        guard written > 0 else { return startOver("the device has nothing of an earlier write") }
        guard let size = source.size, written < size else {
            return startOver("the device has \(written) bytes, and whether they are complete is not known")
        }
        guard let checksum = status.writeChecksum else {
            return startOver("the device tells no checksum of the \(written) bytes that it has")
        }
        let algorithms = resumeAlgorithms
        let expected: [UInt64]
        do throws(FileError) { expected = try source.checksums(algorithms, ofFirst: written) } catch {
            throw Problem(error)
        }
        guard expected.contains(checksum) else {
            return startOver(
                "the \(written) bytes that the device has are not known to be those of \(source.name)")
        }
        return written
    }

    /// The user's, or else those that are never right by chance.
    private var resumeAlgorithms: [ChecksumAlgorithm] {
        if case .checksum(let algorithm) = proof.means { [algorithm] } else { [.crc32, .crc32c, .adler32] }
    }

    private func write(from start: UInt64) throws(Problem) {
        var request = request
        request.initialOffset += start
        let rest = start > 0 ? SourceSuffix(of: source, from: start) : source
        try connection.transfer { (loop, options) throws(TransferError) in
            try loop.write(request, from: rest, options: options)
        }
    }
}
