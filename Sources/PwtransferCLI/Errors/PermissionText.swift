internal import SerialPort

/// Why a user may not use a port, and what to do about it.
struct PermissionText {
    /// The cause, as a clause.
    let cause: String
    /// The next steps, the likeliest first.
    let steps: [String]

    /// Where the udev rules of this project are.
    static let rulesFile = "70-pwtransfer.rules (in /usr/lib/udev/rules.d, or Packaging of the source)"

    private static let rules =
        "for whoever sits at the screen: add the board to \(rulesFile), which says how, and plug it in again"

    /// - Parameter access: the permissions of the node; `nil` if they cannot be read.
    init(_ access: NodeAccess?, path: String) {
        guard let access else {
            cause = "a folder on the way to the port may not be entered"
            steps = ["see which one: namei -l \(ShellWord.quoted(path))"]
            return
        }
        let mode = "mode \(Quantity.digits(access.mode, 4, radix: 8))"
        let group = ShellWord.quoted(access.group)
        let user = ShellWord.quoted(access.user)
        if access.isAllowed {
            cause =
                "its permissions allow it (\(mode)), and the system does not: the device was not handed into this "
                + "container, or its folder is mounted without devices"
            steps = [
                "hand the device itself in: docker run --device \(ShellWord.quoted(path))",
                "see whether nodev is among the options: findmnt --target \(ShellWord.quoted(path))",
            ]
        } else if access.isGroupEnough, !access.isGroupMapped {
            cause =
                "it belongs to a group outside of this container, which is shown as \"\(access.group)\" here (\(mode))"
            steps = [
                "hand the group in from outside, as a member of it: podman run --group-add keep-groups, or "
                    + "docker run --group-add NUMBER, the NUMBER by, outside: stat -c %g \(ShellWord.quoted(path))"
            ]
        } else if access.isGroupEnough, access.isInGroup {
            cause =
                "you are in its group \"\(access.group)\" (\(mode)), yet something else forbids it: an access list?"
            steps = ["see what: getfacl \(ShellWord.quoted(path))"]
        } else if access.isGroupEnough, access.isListedInGroup {
            cause =
                "it belongs to the group \"\(access.group)\" (\(mode)), which you are in only from the next login on"
            steps = ["log out and in again; in this shell at once: newgrp \(group)"]
        } else if access.isGroupEnough, !access.hasNames {
            cause =
                "it belongs to the group \(access.group) (\(mode)), which you (\(access.user)) are not in; "
                + "without names for both, nobody can be added to it here"
            steps = ["give the process the group by its number: docker run --group-add \(access.groupID)"]
        } else if access.isGroupEnough {
            cause =
                "it belongs to the group \"\(access.group)\" (\(mode)), which you (\(access.user)) are not in"
            steps = ["sudo adduser \(user) \(group), then log out and in again", Self.rules]
        } else {
            cause =
                "its group \"\(access.group)\" may not use it either (\(mode)): no udev rule grants access"
            steps = [
                Self.rules,
                "until it is plugged in again: sudo setfacl -m u:\(user):rw \(ShellWord.quoted(path))",
            ]
        }
    }
}
