internal import TransferClient

/// What is recorded of a line: for itself, or together with the lines of other devices.
struct LineRecordings: Sendable {
    let clock: RecordingClock
    var trace: TraceRecording?
    var capture: CaptureRecording?
    /// The name of the line in a trace that it shares with others; `nil` if the trace is its own.
    var traceName: String?
    /// The place of the line among those of the capture.
    var captureIndex = 0

    /// Why a file is not complete, if one is not.
    var problem: Problem? {
        var problem: Problem
        if let failure = trace?.file?.failure {
            problem = Problem(failure).advising("--trace")
        } else if let failure = capture?.file.failure {
            problem = Problem(failure).advising("--capture")
        } else {
            return nil
        }
        problem.message += "; the recording is not complete, all else succeeded"
        return problem
    }
}
