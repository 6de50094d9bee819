internal import CLibrary
internal import CMachine
internal import Machine
internal import SystemPackage

/// The locks that keep two programs off one port. The kernel drops all of them when the holder dies.
struct PortLock: Sendable {
    /// Whether this lock has set `TIOCEXCL`, and must take it back.
    private let isExclusive: Bool

    /// Honours a lock file of the old convention (minicom, cu), as far as it is to be believed. This happens before the
    /// port is opened, since opening may already do something to the device.
    static func checkLockFile(
        ofNode path: String, _ status: stat, folder: String = LockFile.folder
    ) throws(SerialPortError) {
        guard let file = LockFile(ofNode: path, folder: folder), let holder = file.holder else { return }
        throw .busy(path: path, holder: file.credit == .confirmed ? holder : .user(of: status) ?? holder)
    }

    /// Locks an open port.
    ///
    /// A program that has the port open without any lock, such as `cat`, makes the port busy as well: each of the two
    /// programs would get only a part of the received bytes.
    ///
    /// `flock(2)` is the lock that tio, picocom and this program agree on. `TIOCEXCL` keeps out programs that know no
    /// lock. Since it does not keep out root, the flag is read before it is set. On a pseudo-terminal the flag would
    /// outlive this process for as long as the master is open, so it is not set there.
    init(descriptor: Int32, path: String) throws(SerialPortError) {
        guard let status = fileStatus(of: descriptor) else {
            throw .using(path, operation: "examine", code: Errno(rawValue: errno))
        }
        while flock(descriptor, LOCK_EX | LOCK_NB) == -1 {
            let code = Errno(rawValue: errno)
            switch code {
            case .interrupted: continue
            case .wouldBlock: throw .busy(path: path, holder: .user(of: status, except: descriptor))
            default: throw .using(path, operation: "lock", code: code)
            }
        }
        if cmachine_is_exclusive(descriptor) == 1 {
            let holder = PortHolder.ofTerminal(status, except: descriptor)
            if holder != nil || !status.isPseudoTerminal {
                throw .busy(path: path, holder: holder)
            }
        }
        if let user = PortHolder.stayingUser(of: status, except: descriptor) {
            throw .busy(path: path, holder: user)
        }
        isExclusive = !status.isPseudoTerminal && cmachine_set_exclusive(descriptor, true) >= 0
    }

    func release(_ descriptor: Int32) {
        if isExclusive {
            _ = cmachine_set_exclusive(descriptor, false)
        }
        _ = flock(descriptor, LOCK_UN)
    }
}
