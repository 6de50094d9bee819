internal import TransferClient

extension DeviceConnection {
    /// Calls GetResourceStatus.
    func resourceStatus(of number: UInt32, patience: CallPatience) throws(Failure) -> ResourceStatusResponse {
        do throws(ResourceStatusError) {
            return try status(of: number, patience: patience)
        } catch {
            throw .status(error, resource: number)
        }
    }

    /// Calls GetResourceStatus; `nil` if the device does not report a status.
    func resourceStatusIfTold(of number: UInt32) throws(Failure) -> ResourceStatusResponse? {
        do throws(ResourceStatusError) {
            return try status(of: number, patience: .optionalStatus)
        } catch {
            let failure = Failure.status(error, resource: number)
            guard error.meansNoStatus else { throw failure }
            tell(.log(.info, failure.message))
            return nil
        }
    }
}

extension CallPatience {
    /// For a status that a transfer can do without: one short attempt.
    static let optionalStatus = CallPatience(timeout: .seconds(1), attempts: 1)
    /// For a status that is needed: several attempts.
    static let neededStatus = CallPatience(timeout: .seconds(1), attempts: 3)
}
