internal import CLibrary
internal import PigweedTransfer
internal import SerialPort
internal import Synchronization
internal import SystemPackage
internal import TransferClient

/// Does the same work with several devices at once, each on its own thread. A device that fails holds up no other.
struct TrayRun {
    /// What is done with a device.
    typealias Work = @Sendable (TrayDevice, PortOptions, TransferSession) throws(Failure) -> Void

    /// After a request to stop, devices that are still at work get this much time: a second to confirm the end, and
    /// more for slow disks and for hosts that are being called.
    private static let stopPatience = Duration.seconds(3)

    private enum Slot {
        static let mailbox = 0
        static let stop = 1
        static let count = 2
    }

    /// The devices that take part.
    let devices: [TrayDevice]
    private let ports: PortOptions
    private let session: TransferSession
    private let output: Output
    private let jobs: Int
    private let recordings: [Result<LineRecordings, Failure>]?
    private let mailbox: ThreadMailbox
    private let problems = ProblemList()

    /// Finds the devices, and makes the files in which they are recorded.
    ///
    /// - Parameter files: the other files of the command, once the devices are known.
    /// - Throws: a failure if they are not all there within the time of `--wait`.
    init(
        of ports: PortOptions, _ options: TrayOptions, _ rpc: RPCOptions, over session: TransferSession,
        telling output: Output, files: ([TrayDevice]) throws(Failure) -> [String]
    ) throws(Failure) {
        devices = try TrayAssembly(ports: ports, options: options, session: session, output: output).devices()
        recordings = try session.options.captureOptions.recordings(
            of: devices, mayAppear: ports.wait != nil, apartFrom: try files(devices),
            rpc.clientConfiguration)
        mailbox = try Failure.ofSystem("make a pipe", try ThreadMailbox())
        jobs = options.jobs?.value ?? devices.count
        self.ports = ports
        self.session = session
        self.output = output
    }

    /// Does the work with each device.
    ///
    /// - Throws: a failure that covers all devices, if the work with one of them failed.
    func run(_ work: @escaping Work) throws(Failure) {
        output.begin(devices)
        session.signals.engage()
        var waiting = devices[...]
        var running: Set<Int> = []
        var leaveAt: Instant?
        var wait = DescriptorWait(count: Slot.count)
        while true {
            if let signal = session.stop.signal {
                for device in waiting {
                    conclude(device, .stopped(signal: signal, occasion: "before it began"))
                }
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
        if let failure = conclusion { throw failure }
    }

    private func start(_ device: TrayDevice, _ work: @escaping Work) -> Bool {
        let recordings: LineRecordings?
        switch self.recordings?[device.index - 1] {
        case nil: recordings = nil
        case .success(let own): recordings = own
        case .failure(let failure):
            conclude(device, failure)
            return false
        }
        let output = output.forDevice(device)
        let session = session.forDevice(telling: output, recordings)
        // Another thread does not inherit task-local values.
        let configuration = Configuration.current
        let (port, mailbox, problems) = (ports.only(device.selector), mailbox, problems)
        do throws(Errno) {
            try BackgroundThread.start {
                let problem = Configuration.$current.withValue(configuration) { () -> Problem? in
                    do throws(Failure) {
                        try work(device, port, session)
                        return nil
                    } catch {
                        return Problem(error)
                    }
                }
                problems.add(problem, of: device)
                output.conclude(problem)
                mailbox.put(device.index)
            }
            return true
        } catch {
            conclude(device, .system(attempt: "start a thread", error))
            return false
        }
    }

    private func conclude(_ device: TrayDevice, _ failure: Failure) {
        let problem = Problem(failure)
        problems.add(problem, of: device)
        output.forDevice(device).conclude(problem)
    }

    /// Gives up these devices: the process ends without them, and releases what they hold.
    private func abandon(_ devices: [TrayDevice]) {
        for device in devices {
            conclude(device, .stopped(signal: session.stop.signal ?? SIGINT, occasion: "while it was stuck"))
        }
        TemporaryFiles.removeAll()
        SerialPort.abandonAll()
    }

    private var conclusion: Failure? {
        let failures = problems.all.sorted { $0.key.index < $1.key.index }.map {
            (device: $0.key, problem: $0.value)
        }
        let notRecorded = recordings?.lazy.compactMap { result -> Failure? in
            if case .success(let recordings) = result { recordings.failure } else { nil }
        }.first
        guard !failures.isEmpty else { return notRecorded }
        return .devices(
            FailedDevices(
                failures: failures, count: devices.count, recording: notRecorded.map { Problem($0) }))
    }
}

/// The problems of the devices that failed.
private final class ProblemList: Sendable {
    private let problems = Mutex<[TrayDevice: Problem]>([:])

    var all: [TrayDevice: Problem] { problems.withLock { $0 } }

    /// Adds a problem, if there is one. Only the first problem of a device is kept.
    func add(_ problem: Problem?, of device: TrayDevice) {
        problems.withLock { $0[device] = $0[device] ?? problem }
    }
}
