internal import CLibrary
internal import PigweedTransfer
internal import SerialPort
internal import Synchronization
internal import SystemPackage
internal import TransferClient

/// Turns SIGINT, SIGTERM and SIGHUP into requests to stop.
///
/// Before ``engage()``, a signal ends the program at once. Afterwards, the first signal only requests a stop, and the
/// second ends the program at once. A signal that was ignored when the program began, as by `nohup`, stays ignored.
final class SignalWatch: Sendable {
    private struct State {
        /// Whether the first signal only requests a stop.
        var isEngaged = false
        /// The first signal since `engage()`, and when it came.
        var request: (signal: Int32, time: Instant)?
    }

    /// Within this time, the same signal repeats the same request: `timeout` and terminals signal a process and its
    /// group.
    private static let echoTime = Duration.milliseconds(500)

    /// Whether a signal is ending the program at once.
    private static let isEnding = Atomic<Bool>(false)

    private let signals: [Int32]
    /// The request to stop, which running work watches.
    let stop: StopRequest
    private let state = Mutex(State())
    private let willExit: @Sendable (_ signal: Int32) -> Void

    /// Takes over the signals of the process. Must be called before other threads exist.
    ///
    /// - Parameter willExit: is called, on another thread, before a signal ends the program at once.
    init(willExit: @escaping @Sendable (_ signal: Int32) -> Void) throws(Failure) {
        self.willExit = willExit
        signals = [SIGINT, SIGTERM, SIGHUP].filter { !Self.isIgnored($0) }
        stop = try Failure.ofSystem("make a pipe", try StopRequest())
        var set = signalSet
        pthread_sigmask(SIG_BLOCK, &set, nil)
        try Failure.ofSystem("start a thread", try BackgroundThread.start { [self] in watch() })
    }

    /// From now on, the first signal only requests a stop.
    func engage() {
        state.withLock { $0.isEngaged = true }
    }

    /// Waits for the end of the program, if a signal is ending it at once. The caller would otherwise end the program
    /// first, with the exit code of an earlier signal.
    static func waitIfEnding() {
        while isEnding.load(ordering: .acquiring) { pause() }
    }

    private func watch() -> Never {
        var set = signalSet
        while true {
            var signal: Int32 = 0
            guard sigwait(&set, &signal) == 0 else { continue }
            if mustExit(by: signal) {
                Self.isEnding.store(true, ordering: .releasing)
                TemporaryFiles.removeAll()
                Console.stop(signal: signal)
                willExit(signal)
                SerialPort.abandonAll()
                _ = Console.finish()
                ExitStatus.interrupted(signal: signal).dieBySignal()
                _exit(ExitStatus.interrupted(signal: signal).rawValue)
            }
        }
    }

    private func mustExit(by signal: Int32) -> Bool {
        state.withLock { state in
            guard state.isEngaged else { return true }
            let now = MonotonicClock.now
            guard let request = state.request else {
                state.request = (signal, now)
                stop.request(signal: signal)
                Console.stop(signal: signal)
                return false
            }
            return signal != request.signal || now - request.time >= Self.echoTime
        }
    }

    private static func isIgnored(_ signal: Int32) -> Bool {
        var action = sigaction()
        sigaction(signal, nil, &action)
        return unsafeBitCast(action.__sigaction_handler.sa_handler, to: Int.self)
            == unsafeBitCast(SIG_IGN, to: Int.self)
    }

    private var signalSet: sigset_t {
        var set = sigset_t()
        sigemptyset(&set)
        for signal in signals { sigaddset(&set, signal) }
        return set
    }
}
