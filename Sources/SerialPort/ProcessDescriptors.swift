internal import Glibc

/// The open files of a process, as `/proc` shows them: to its owner and to root.
///
/// A machine has tens of thousands of them, which are looked through before each transfer: names are not copied, and looked
/// up from their folder.
struct ProcessDescriptors: ~Copyable {
    private let folder: OpaquePointer

    /// - Parameter process: a process id, or `self`; `nil` if its open files cannot be seen.
    init?(of process: String) {
        guard let folder = opendir("/proc/\(process)/fd") else { return nil }
        self.folder = folder
    }

    deinit {
        closedir(folder)
    }

    /// Whether a descriptor but `excluded` leads to a device whose status satisfies a condition. Can be asked once.
    consuming func contains(except excluded: Int32?, _ isWanted: (stat) -> Bool) -> Bool {
        while let entry = readdir(folder) {
            let isFound = withUnsafeBytes(of: &entry.pointee.d_name) { bytes in
                guard let name = bytes.assumingMemoryBound(to: CChar.self).baseAddress, name[0] != dot,
                    excluded.map({ atoi(name) != $0 }) ?? true
                else { return false }
                return leadsToDevice(name, isWanted)
            }
            if isFound { return true }
        }
        return false
    }

    /// By the link first: to ask for the status of a file on a network that is gone would hang.
    private borrowing func leadsToDevice(_ name: UnsafePointer<CChar>, _ isWanted: (stat) -> Bool) -> Bool {
        let folderName = "/dev/"
        // What most descriptors in that folder lead to.
        let nullDevice = "/dev/null"
        // One character more than are compared, so that longer targets differ.
        let isCandidate = withUnsafeTemporaryAllocation(of: CChar.self, capacity: nullDevice.utf8.count + 1) {
            guard let target = $0.baseAddress else { return false }
            let count = readlinkat(dirfd(folder), name, target, $0.count)
            let isNullDevice = count == nullDevice.utf8.count && memcmp(target, nullDevice, count) == 0
            return count > folderName.utf8.count && memcmp(target, folderName, folderName.utf8.count) == 0
                && !isNullDevice
        }
        var status = stat()
        return isCandidate && fstatat(dirfd(folder), name, &status, 0) == 0 && isWanted(status)
    }

    private var dot: CChar { CChar(UInt8(ascii: ".")) }
}
