#!/usr/bin/python3
"""sandbox.py SERVICE COMMAND...: runs the command with what the service forbids, as far as the kernel alone can do that:
system calls, address families, memory that is writable and executable, namespaces, capabilities and new privileges. systemd itself
would have to be the first process of the machine.
"""

import configparser
import os
import pathlib
import socket
import subprocess
import sys

import seccomp

CLONE_NEW = 0x7E020080  # All flags CLONE_NEW... of <linux/sched.h>, including the one for cgroups.
PROT_WRITE, PROT_EXEC = 2, 4


class Options(dict):
    """Options in which a repeated key adds to the list of the earlier one."""

    def __setitem__(self, key, value):
        if isinstance(value, list) and key in self:
            value = [*self[key], *value]
        super().__setitem__(key, value)


def settings(path):
    parser = configparser.ConfigParser(dict_type=Options, strict=False, interpolation=None, delimiters=["="])
    parser.optionxform = str
    parser.read_string(pathlib.Path(path).read_text())
    return {key: value.split("\n") for key, value in parser["Service"].items()}


def calls(names):
    """The system calls of groups such as @system-service, which may contain other groups."""
    found = set()
    for name in names:
        if not name.startswith("@"):
            found.add(name)
            continue
        listed = subprocess.run(
            ["systemd-analyze", "syscall-filter", name], check=True, capture_output=True, text=True).stdout
        found |= calls(line.strip() for line in listed.splitlines()[1:] if line.strip() and "#" not in line)
    return found


def allowed_calls(lines):
    allowed = set()
    for line in lines:
        if line.startswith("~"):
            allowed -= calls(line[1:].split())
        else:
            allowed |= calls(line.split())
    # The start of the command must be allowed, too.
    return allowed | {"execve"}


def main():
    service, command = settings(sys.argv[1]), sys.argv[2:]
    filter = seccomp.SyscallFilter(seccomp.KILL_PROCESS)
    known = []
    for name in allowed_calls(service["SystemCallFilter"]):
        try:
            filter.add_rule(seccomp.ALLOW, name)
            known.append(name)
        except (RuntimeError, OSError, ValueError):
            pass  # This processor does not have the call.
    assert len(known) > 200, known
    deny = seccomp.ERRNO(1)
    filters = [filter]

    def forbid(*rules):
        other = seccomp.SyscallFilter(seccomp.ALLOW)
        for name, *conditions in rules:
            other.add_rule(deny, name, *conditions)
        filters.append(other)

    families = {getattr(socket, name) for name in service["RestrictAddressFamilies"][-1].split()}
    forbid(*[("socket", seccomp.Arg(0, seccomp.EQ, family)) for family in range(64) if family not in families])
    if service["MemoryDenyWriteExecute"] == ["yes"]:
        both = PROT_WRITE | PROT_EXEC
        forbid(
            ("mmap", seccomp.Arg(2, seccomp.MASKED_EQ, both, both)),
            ("mprotect", seccomp.Arg(2, seccomp.MASKED_EQ, PROT_EXEC, PROT_EXEC)),
            ("pkey_mprotect", seccomp.Arg(2, seccomp.MASKED_EQ, PROT_EXEC, PROT_EXEC)))
    if service["RestrictNamespaces"] == ["yes"]:
        forbid(
            *[("unshare", seccomp.Arg(0, seccomp.MASKED_EQ, 1 << bit, 1 << bit)) for bit in range(32) if CLONE_NEW >> bit & 1],
            *[("clone", seccomp.Arg(0, seccomp.MASKED_EQ, 1 << bit, 1 << bit)) for bit in range(32) if CLONE_NEW >> bit & 1],
            ("setns",))
    assert service["CapabilityBoundingSet"] == [""] and service["NoNewPrivileges"] == ["yes"]
    # The strictest filter is loaded last, since it would forbid loading the others.
    for each in reversed(filters):
        each.load()
    os.execv(command[0], command)


main()
