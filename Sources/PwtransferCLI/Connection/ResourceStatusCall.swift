internal import PigweedRPC
internal import PigweedTransfer
internal import TransferClient

extension DeviceConnection {
    /// Asks by GetResourceStatus, and says why there is no answer.
    func resourceStatus(of number: UInt32, patience: CallPatience) throws(Problem) -> ResourceStatusResponse {
        let failure = "the status of resource \(Configuration.current.label(ofResource: number)) is not known"
        do throws(ResourceStatusError) {
            return try status(of: number, patience: patience)
        } catch {
            switch error {
            case .call(let error):
                throw Problem(
                    error,
                    CallSubject(
                        failure: failure, service: "GetResourceStatus",
                        silence: "many devices do not implement GetResourceStatus"))
            case .device(let status): throw Self.problem(status, failure)
            case .senseless:
                throw Problem(
                    status: .deviceRefused, message: "\(failure): the answer makes no sense",
                    cause: "a fault of the firmware, or two programs that use the port at the same time",
                    hint: "try again with no other program on the port", code: "protocol_violation")
            }
        }
    }

    /// The same; `nil` if the device does not report it.
    func resourceStatusIfTold(of number: UInt32) throws(Problem) -> ResourceStatusResponse? {
        do throws(Problem) {
            return try resourceStatus(of: number, patience: .optionalStatus)
        } catch {
            guard error.meansNoStatus else { throw error }
            tell(.log(.info, error.message))
            return nil
        }
    }

    private static func problem(_ status: Status, _ failure: String) -> Problem {
        let (cause, advice): (String, String)
        switch status {
        case .unimplemented:
            cause = "the resource's handler does not implement it, as is usual"
            advice = "transfer the resource to see what is in it"
        case .unavailable:
            cause = "the device is busy with a transfer or another request"
            advice = "try again later"
        case .notFound:
            let meaning = StatusMeaning(status, direction: .read, naming: \.option)
            (cause, advice) = (meaning.cause, meaning.advice)
        default:
            cause = "the device's handler failed"
            advice = "see the firmware's log: --device-output"
        }
        return Problem(
            status: ExitStatus(ofDevice: status),
            message: "\(failure): the device answered with \(status)", cause: cause, hint: advice,
            code: "device_status", deviceStatus: status)
    }
}

extension CallPatience {
    /// For a status that a transfer can do without.
    static let optionalStatus = CallPatience(timeout: .seconds(1), attempts: 1)
    /// For a status that is needed.
    static let neededStatus = CallPatience(timeout: .seconds(1), attempts: 3)
}

extension Problem {
    /// Whether a call for a status failed in a way that leaves everything else possible.
    var meansNoStatus: Bool {
        switch status {
        case .deviceRefused: true
        case .temporary: code == "no_answer" || deviceStatus != nil
        default: false
        }
    }
}
