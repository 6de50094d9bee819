internal import CLibrary
internal import PigweedTransfer
internal import SerialPort
internal import Synchronization
internal import SystemPackage
internal import TransferClient

/// Does the same with several devices side by side, on a thread each. A device that fails holds up no other.
struct TrayRun {
    /// What is done with a device.
    typealias Work = @Sendable (TrayDevice, TransferSession) throws(Problem) -> Void

    /// How long devices that are still at work after a request to stop are waited for: beyond the second that each is
    /// given to confirm the end, for slow disks, and for hosts that are being called.
    private static let stopPatience = Duration.seconds(3)
    /// Failed devices whose ports the last hint repeats.
    private static let namedFailures = 8

    private enum Slot {
        static let mailbox = 0
        static let stop = 1
        static let count = 2
    }

    private let devices: [TrayDevice]
    private let session: TransferSession
    private let output: Output
    private let jobs: Int
    private let recordings: [Result<LineRecordings, Problem>]?
    private let mailbox: ThreadMailbox
    private let problems = ProblemList()

    /// - Parameters:
    ///   - jobs: how many devices work at the same time; `nil` for all.
    ///   - recordings: what is recorded of each device.
    init(
        _ devices: [TrayDevice], jobs: Int?, recordings: [Result<LineRecordings, Problem>]?,
        over session: TransferSession, telling output: Output
    ) throws(Problem) {
        self.recordings = recordings
        self.devices = devices
        self.session = session
        self.output = output
        self.jobs = jobs ?? devices.count
        do throws(Errno) { mailbox = try ThreadMailbox() } catch { throw .refused("make a pipe", error) }
    }

    /// Does the work with each device.
    ///
    /// - Throws: a problem with the exit code that counts most, if it failed with one of them.
    func run(_ work: @escaping Work) throws(Problem) {
        output.begin(devices)
        session.engage()
        var waiting = devices[...]
        var running: Set<Int> = []
        var leaveAt: Instant?
        var wait = DescriptorWait(count: Slot.count)
        while true {
            if let signal = session.stop.signal {
                for device in waiting { conclude(device, .stopped(by: signal, "before it began")) }
                waiting = []
                leaveAt = leaveAt ?? MonotonicClock.now + Self.stopPatience
            }
            while running.count < jobs, let device = waiting.popFirst() {
                if start(device, work) { running.insert(device.index) }
            }
            guard !running.isEmpty else { break }
            wait.set(Slot.mailbox, mailbox.descriptor, .read)
            wait.set(Slot.stop, session.stop.descriptor, leaveAt == nil ? .read : [])
            wait.wait(until: leaveAt)
            let ended = mailbox.takeAll()
            running.subtract(ended)
            if ended.isEmpty, let leaveAt, MonotonicClock.now >= leaveAt {
                abandon(devices.filter { running.contains($0.index) })
                break
            }
        }
        if let problem = conclusion { throw problem }
    }

    private func start(_ device: TrayDevice, _ work: @escaping Work) -> Bool {
        let recordings: LineRecordings?
        switch self.recordings?[device.index - 1] {
        case nil: recordings = nil
        case .success(let own): recordings = own
        case .failure(let problem):
            conclude(device, problem)
            return false
        }
        let output = output.forDevice(device)
        let session = session.forDevice(telling: output, recordings)
        // Task-local values are those of this thread.
        let configuration = Configuration.current
        let (mailbox, problems) = (mailbox, problems)
        do throws(Errno) {
            try BackgroundThread.start {
                let problem = Configuration.$current.withValue(configuration) { () -> Problem? in
                    do throws(Problem) {
                        try work(device, session)
                        return nil
                    } catch {
                        return error
                    }
                }
                problems.add(problem, of: device)
                output.conclude(problem)
                mailbox.put(device.index)
            }
            return true
        } catch {
            conclude(device, .refused("start a thread", error))
            return false
        }
    }

    private func conclude(_ device: TrayDevice, _ problem: Problem) {
        problems.add(problem, of: device)
        output.forDevice(device).conclude(problem)
    }

    /// The process ends without these; what they hold is given back.
    private func abandon(_ devices: [TrayDevice]) {
        for device in devices {
            conclude(device, .stopped(by: session.stop.signal ?? SIGINT, "while it was stuck"))
        }
        TemporaryFiles.removeAll()
        SerialPort.abandonAll()
    }

    private var conclusion: Problem? {
        let failures = problems.all.sorted { $0.key.index < $1.key.index }
        let recordingProblem = recordings?.lazy.compactMap { result -> Problem? in
            if case .success(let recordings) = result { recordings.problem } else { nil }
        }.first
        guard !failures.isEmpty else { return recordingProblem }
        let statuses = failures.map(\.value.status) + (recordingProblem.map { [$0.status] } ?? [])
        let verdict = failures.map(\.value.verdict).max { $0.weight < $1.weight }
        guard let worst = statuses.max(by: { $0.weight < $1.weight }) else { return nil }
        let ports = failures.prefix(Self.namedFailures).map {
            "--port \(ShellWord.quoted($0.key.selector.description))"
        }
        let rest = failures.count > ports.count ? " ..." : ""
        let named = "\(ports.joined(separator: " "))\(rest)"
        if case .interrupted = worst {
            return Problem(
                status: worst,
                message: "stopped on request, with \(failures.count) of \(devices.count) devices not done",
                hint: "run the same command again for these: \(named)", code: "interrupted",
                ownVerdict: verdict)
        }
        return Problem(
            status: worst, message: "\(failures.count) of \(devices.count) devices failed",
            hint: "when the causes are removed, try again with: \(named)",
            code: "devices_failed", ownVerdict: verdict)
    }
}

/// Why devices failed.
private final class ProblemList: Sendable {
    private let problems = Mutex<[TrayDevice: Problem]>([:])

    var all: [TrayDevice: Problem] { problems.withLock { $0 } }

    /// Adds a problem if there is one; the first of a device counts.
    func add(_ problem: Problem?, of device: TrayDevice) {
        problems.withLock { $0[device] = $0[device] ?? problem }
    }
}
