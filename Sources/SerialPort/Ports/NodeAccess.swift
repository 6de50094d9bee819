internal import CLibrary
internal import CMachine
internal import Machine

/// Who may use a device node, and whether the user of this process may.
package struct NodeAccess: Hashable, Sendable {
    /// The path of the node that was asked for.
    package var path: String

    /// The group that the node belongs to; its number if it has no name.
    package var group: String

    /// The number of that group.
    package var groupID: UInt32

    /// The permission bits, such as `0o660`.
    package var mode: UInt32

    /// The user of this process; the user's number if there is no name.
    package var user: String

    /// Whether the process may read and write the node.
    package var isAllowed: Bool

    /// Whether the process is in the group.
    package var isInGroup: Bool

    /// Whether the system's list of groups has the user in the group; the process learns of it at the next login.
    package var isListedInGroup: Bool

    /// Whether this container knows the group; for any other group the kernel shows a stand-in such as `nogroup`.
    package var isGroupMapped = true

    /// Whether group and user both have names here, which tools for the lists of users and groups need.
    package var hasNames = true

    /// Whether being in the group would be enough: its members may read and write, and it is not the group of root.
    package var isGroupEnough: Bool { groupID != 0 && mode & 0o060 == 0o060 }
}

extension NodeAccess {
    /// Examines a node without opening it; nil if the node does not exist or cannot be seen.
    package init?(ofNode path: String) {
        guard let status = fileStatus(at: path) else { return nil }
        let userID = geteuid()
        let entry = userEntry(userID)
        let group = groupEntry(status.st_gid)
        self.init(
            path: path, group: group?.name ?? String(status.st_gid), groupID: status.st_gid,
            mode: status.st_mode & 0o7777, user: entry?.name ?? String(userID),
            isAllowed: access(path, R_OK | W_OK) == 0,
            isInGroup: Self.processGroups().contains(status.st_gid),
            isListedInGroup: entry.map { user in
                user.groupID == status.st_gid || group?.members.contains(user.name) == true
            } ?? false,
            isGroupMapped: Self.isMapped(status.st_gid), hasNames: group != nil && entry != nil)
    }

    /// Whether the user namespace of this process knows a group. The namespace shows all groups that it does not know
    /// as one and the same group.
    private static func isMapped(_ group: gid_t) -> Bool {
        let text = FileSystem.smallText("/proc/sys/kernel/overflowgid") ?? ""
        let standIn = gid_t(text.prefix { $0.isNumber }) ?? 65534
        guard group == standIn, let map = FileSystem.smallText("/proc/self/gid_map") else { return true }
        let ranges = map.split(separator: "\n").map { $0.split(separator: " ").map { UInt64($0) } }
        return ranges.contains([0, 0, UInt64(UInt32.max)])
    }

    private static func processGroups() -> [gid_t] {
        let count = getgroups(0, nil)
        guard count > 0 else { return [getegid()] }
        var groups = [gid_t](repeating: 0, count: Int(count))
        let found = getgroups(count, &groups)
        return [getegid()] + groups.prefix(max(0, Int(found)))
    }
}

private func userEntry(_ id: uid_t) -> (name: String, groupID: gid_t)? {
    lookUp(passwd(), by: { getpwuid_r(id, $0, $1, $2, $3) }) { entry in
        entry.pw_name.map { (String(cString: $0), entry.pw_gid) }
    }
}

private func groupEntry(_ id: gid_t) -> (name: String, members: [String])? {
    lookUp(group(), by: { getgrgid_r(id, $0, $1, $2, $3) }) { entry in
        guard let name = entry.gr_name else { return nil }
        var members: [String] = []
        while let member = entry.gr_mem?[members.count] { members.append(String(cString: member)) }
        return (String(cString: name), members)
    }
}

/// Reads an entry of the list of users or of groups, and what its pointers lead to. An entry of more than 64 KiB counts as
/// missing.
private func lookUp<Entry, Value>(
    _ empty: Entry,
    by find: (
        UnsafeMutablePointer<Entry>, UnsafeMutablePointer<CChar>, Int,
        UnsafeMutablePointer<UnsafeMutablePointer<Entry>?>
    ) -> Int32,
    _ read: (Entry) -> Value?
) -> Value? {
    var entry = empty
    var found: UnsafeMutablePointer<Entry>?
    return withUnsafeTemporaryAllocation(of: CChar.self, capacity: 1 << 16) { buffer in
        guard let base = buffer.baseAddress, find(&entry, base, buffer.count, &found) == 0, found != nil
        else { return nil }
        return read(entry)
    }
}
