internal import PigweedTransfer
internal import TransferClient

/// The device's copy of a file, which can be compared with the file.
struct DeviceCopy {
    let connection: DeviceConnection
    /// The file. Its size is known, and it can be read at any position.
    let source: any ByteSource
    let resource: FoundResource
    /// The read that fetches the copy.
    let request: TransferRequest

    /// Compares the copy with the file.
    func verification(by means: VerificationMeans) throws(Failure) -> Verification {
        let finding: Verification.Finding =
            if case .checksum(let algorithm) = means {
                try checksums(algorithm)
            } else {
                .bytes(try readback())
            }
        // If the file has changed in the meantime, the device is not to blame.
        try Failure.ofFile(try source.checkUnchanged())
        let verification = Verification(
            means: means, resource: request.resource,
            label: Configuration.current.label(ofResource: request.resource), file: source.name,
            size: source.size ?? 0, offset: request.initialOffset, finding: finding)
        connection.output.tell(.verification(verification))
        return verification
    }

    private func readback() throws(Failure) -> Comparison {
        let sink = ComparingSink(with: source)
        try connection.transfer(of: resource, isCheck: true) { (loop, options) throws(TransferError) in
            try loop.read(request, into: sink, options: options)
        }
        return sink.outcome
    }

    private func checksums(_ algorithm: ChecksumAlgorithm) throws(Failure) -> Verification.Finding {
        let status = try checksumStatus()
        let size = source.size ?? 0
        let candidates = [
            (status.writeableOffset, status.writeChecksum), (status.readableOffset, status.readChecksum),
        ]
        guard let found = candidates.lazy.compactMap({ $0.0 == size ? $0.1 : nil }).first else {
            return .otherSize(writeable: status.writeableOffset, readable: status.readableOffset)
        }
        let expected = try Failure.ofFile(try source.checksums([algorithm], ofFirst: size))
        return .checksums(expected: expected.first ?? 0, found: found)
    }

    /// The status of the resource, with at least one checksum.
    private func checksumStatus() throws(Failure) -> ResourceStatusResponse {
        let status = try connection.resourceStatus(of: request.resource, patience: .neededStatus)
        guard status.writeChecksum != nil || status.readChecksum != nil else {
            throw .noChecksum(resource: request.resource)
        }
        return status
    }

    /// Makes sure that the device reports a checksum, before anything is written.
    func checkSupport() throws(Failure) {
        do throws(Failure) { _ = try checksumStatus() } catch { throw .notVerifiable(error) }
    }
}
