internal import Glibc
internal import SerialPort
internal import Synchronization
internal import SystemPackage
internal import TransferClient

/// Turns SIGINT, SIGTERM and SIGHUP into requests to stop.
///
/// Before a transfer runs, a signal ends the program at once. While one runs, the first signal asks it to stop; the
/// second ends the program at once. A SIGHUP that was to be ignored when the program began, as by `nohup`, is ignored.
final class SignalWatch: Sendable {
    private let signals: [Int32]
    /// What is asked to stop.
    let stop: StopRequest
    private let isEngaged = Mutex(false)
    private let willExit: @Sendable (_ signal: Int32) -> Void

    /// Takes over the signals of the process. Must be called before other threads exist.
    ///
    /// - Parameter willExit: is called, on another thread, before a signal ends the program at once.
    init(willExit: @escaping @Sendable (_ signal: Int32) -> Void) throws(Problem) {
        self.willExit = willExit
        // SIGINT counts even so: what shells start in the background ignores it, and scripts end that by it.
        signals = [SIGINT, SIGTERM] + (Self.isIgnored(SIGHUP) ? [] : [SIGHUP])
        do throws(Errno) { stop = try StopRequest() } catch { throw .refused("make a pipe", error) }
        var set = signalSet
        pthread_sigmask(SIG_BLOCK, &set, nil)
        do throws(Errno) {
            try BackgroundThread.start { [self] in watch() }
        } catch {
            throw .refused("start a thread", error)
        }
    }

    /// From now on the first signal is a request.
    func engage() {
        isEngaged.withLock { $0 = true }
    }

    private func watch() -> Never {
        var set = signalSet
        while true {
            var signal: Int32 = 0
            guard sigwait(&set, &signal) == 0 else { continue }
            let mustExit = isEngaged.withLock { isEngaged in
                if isEngaged, stop.signal == nil {
                    stop.request(signal: signal)
                    return false
                }
                return true
            }
            if mustExit {
                TemporaryFiles.removeAll()
                SerialPort.abandonAll()
                willExit(signal)
                _exit(ExitStatus.interrupted(signal: signal).rawValue)
            }
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
