internal import Glibc
internal import SystemPackage

/// A thread for work that mostly waits for a device.
enum WorkerThread {
    /// Starts work on a thread of its own, which nobody joins.
    static func start(_ work: @escaping @Sendable () -> Void) throws(Errno) {
        let context = Unmanaged.passRetained(Work(run: work))
        var thread = pthread_t()
        let result = pthread_create(
            &thread, nil,
            { context in
                guard let context else { return nil }
                Unmanaged<Work>.fromOpaque(context).takeRetainedValue().run()
                return nil
            }, context.toOpaque())
        guard result == 0 else {
            context.release()
            throw Errno(rawValue: result)
        }
        pthread_detach(thread)
    }

    private final class Work: Sendable {
        let run: @Sendable () -> Void

        init(run: @escaping @Sendable () -> Void) {
            self.run = run
        }
    }
}

/// Numbers that threads leave for another one, which waits for them in `poll(2)`.
final class ThreadMailbox: Sendable {
    /// Readable while there are numbers.
    let descriptor: Int32
    private let writeEnd: Int32

    init() throws(Errno) {
        var ends: [Int32] = [-1, -1]
        guard pipe(&ends) == 0 else { throw Errno(rawValue: errno) }
        for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
        descriptor = ends[0]
        writeEnd = ends[1]
    }

    deinit {
        _ = close(descriptor)
        _ = close(writeEnd)
    }

    func put(_ number: Int32) {
        var number = number
        // So few bytes are written as a whole or not at all, and a pipe has room for thousands of them.
        while write(writeEnd, &number, MemoryLayout<Int32>.size) == -1, errno == EINTR {}
    }

    /// Waits for a number.
    func take() -> Int32? {
        var number: Int32 = 0
        let count = read(descriptor, &number, MemoryLayout<Int32>.size)
        return count == MemoryLayout<Int32>.size ? number : nil
    }
}
