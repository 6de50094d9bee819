#!/usr/bin/env python3
"""Lets each system call of the program fail once, with each error that it can have, and judges what comes of it.

fail_calls.py PROGRAM [--run NAME] [--call NAME] [--sample N] [--jobs N]: a run without failures tells which calls there are. Then
comes a run for each of them and each of its errors, by strace, which fails the n-th call of each thread. Exit code 0 is right
only with the right bytes; else all that was there is as it was, nothing is left over, and a message says what failed. Never a
crash, a run without an end, or exit code 70.
"""

import argparse
import collections
import concurrent.futures
import dataclasses
import itertools
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import time

import runs

OPEN = "EACCES EMFILE ENFILE EIO EINTR ENOMEM".split()
PATH = "EACCES EIO ENOMEM".split()
CHANGE = "EACCES EIO ENOSPC".split()
SOCKET = "EMFILE ENFILE ENOMEM".split()
# The errors that each call can have. Missing are calls that cannot fail, and calls that only the C library makes and
# needs.
ERRORS = {
    "open": OPEN, "openat": OPEN, "openat2": OPEN, "read": ["EIO", "EINTR"], "pread64": ["EIO", "EINTR"],
    "readv": ["EIO", "EINTR"], "write": ["EIO", "ENOSPC", "EINTR"], "pwrite64": ["EIO", "ENOSPC", "EINTR"],
    "writev": ["EIO", "ENOSPC", "EINTR"], "close": ["EIO", "EINTR"], "fsync": ["EIO", "ENOSPC", "EINTR"],
    "fdatasync": ["EIO", "ENOSPC", "EINTR"], "rename": CHANGE, "renameat": CHANGE, "renameat2": CHANGE,
    "link": CHANGE, "linkat": CHANGE, "symlink": CHANGE, "symlinkat": CHANGE, "unlink": ["EACCES", "EIO"],
    "unlinkat": ["EACCES", "EIO"], "mkdir": CHANGE, "mkdirat": CHANGE, "rmdir": ["EACCES", "EIO"],
    "ftruncate": ["EIO", "EINTR"], "fallocate": ["EIO", "ENOSPC", "EINTR"], "fstat": ["EIO", "ENOMEM"],
    "stat": PATH, "lstat": PATH, "newfstatat": PATH, "statx": PATH, "access": PATH, "faccessat": PATH,
    "faccessat2": PATH, "readlink": PATH, "readlinkat": PATH, "statfs": PATH, "fstatfs": ["EIO"], "lseek": ["EINVAL"],
    "getdents64": ["EIO"], "getcwd": ["EACCES"], "fchmod": ["EPERM", "EIO"], "fchmodat": ["EPERM", "EIO"],
    "fchown": ["EPERM", "EIO"], "fcntl": ["EINTR"], "flock": ["EINTR", "ENOLCK"], "dup": ["EMFILE"], "dup2": ["EMFILE"],
    "dup3": ["EMFILE"], "ioctl": ["EIO", "EINTR"], "poll": ["EINTR", "ENOMEM"], "ppoll": ["EINTR", "ENOMEM"],
    "select": ["EINTR", "ENOMEM"], "pipe": ["EMFILE", "ENFILE"], "pipe2": ["EMFILE", "ENFILE"], "eventfd2": SOCKET,
    "epoll_create1": SOCKET, "epoll_wait": ["EINTR"], "epoll_ctl": ["ENOMEM"], "signalfd4": SOCKET,
    "timerfd_create": SOCKET, "inotify_init1": ["EMFILE", "ENFILE"], "socket": SOCKET, "connect": ["EACCES", "EINTR"],
    "bind": ["EACCES"], "setsockopt": ["ENOMEM"], "getsockopt": ["ENOMEM"], "getsockname": ["ENOMEM"],
    "sendto": ["EINTR", "ENOMEM"], "recvfrom": ["EINTR", "ENOMEM"], "sendmsg": ["EINTR", "ENOMEM"],
    "recvmsg": ["EINTR", "ENOMEM"], "clone": ["EAGAIN"], "clone3": ["EAGAIN"], "mmap": ["ENOMEM"],
    "clock_nanosleep": ["EINTR"], "getrandom": ["EINTR"],
}  # fmt: skip
REMOVAL = {"unlink", "unlinkat", "rmdir"}
# The message for such an error names this limit.
LIMITS = {"EMFILE": "ulimit -n", "ENFILE": "fs.file-max"}
ALWAYS_TRACED = "rename,renameat,renameat2,munmap"
THREADS = {"clone", "clone3"}
CALL = re.compile(r"^(\d+) +(\w+)\((.*)")
# The calls that have data among their arguments.
DATA = {"read", "pread64", "readv", "write", "pwrite64", "writev", "sendto", "recvfrom", "sendmsg", "recvmsg", "getdents64"}
# Of calls that do the same to the same object, only this many fail: the data of a transfer, or all processes that may
# hold a port.
ALIKE = 12
# The dynamic loader's last call, which frees its list of libraries. Failures before this call are not ours.
LOADED = "munmap"


@dataclasses.dataclass(frozen=True)
class Fault:
    run: type[runs.Run]
    call: str
    error: str
    number: int

    def __str__(self):
        return f"{self.run.name}: {self.call} {self.number} {self.error}"


@dataclasses.dataclass
class Outcome:
    code: int
    output: bytes
    errors: str
    log: str
    seconds: float


def strace(program, run, folder, *options):
    """Runs the program under strace."""
    log = folder / "strace.log"
    command = ["strace", "-f", "-qq", "-o", log, *options, program, *run.arguments]
    begin = time.monotonic()
    try:
        done = subprocess.run(
            command, cwd=folder / "here", env=runs.environment(folder), stdin=subprocess.DEVNULL, capture_output=True,
            timeout=runs.PATIENCE, check=False,
        )  # fmt: skip
        code, output, errors = done.returncode, done.stdout, done.stderr
    except subprocess.TimeoutExpired as expired:
        code, output, errors = None, expired.stdout or b"", expired.stderr or b""
    text = log.read_text(errors="replace") if log.exists() else ""
    return Outcome(code, output, errors.decode(errors="replace"), text, time.monotonic() - begin)


def shape(call, arguments):
    """A text that is equal for calls that do the same to the same object: the file's name without numbers, or the
    descriptor.
    """
    path = re.search(r'"([^"]*)"', arguments)
    if path and call not in DATA:
        return re.sub(r"\d+|\.[0-9a-f]{6,8}\.", "N", path[1])
    return arguments.split(",")[0]


def calls_of(program, run, folder):
    """The numbers of the calls that will be made to fail, by name. A run without failures makes these calls, in any
    thread.
    """
    with run.surroundings(folder, program):
        outcome = strace(program, run, folder)
        if outcome.code != 0 or not run.is_done(folder, outcome.output):
            sys.exit(f"{run.name}: without a failure it ends with {outcome.code}\n{outcome.errors}")
    counts = collections.Counter()
    alike = collections.defaultdict(list)
    is_loaded = False
    for line in outcome.log.splitlines():
        match = CALL.match(line)
        if not match:
            continue
        thread, call, arguments = match.groups()
        counts[thread, call] += 1
        if is_loaded:
            alike[thread, call, shape(call, arguments)].append(counts[thread, call])
        is_loaded = is_loaded or call == LOADED
    numbers = collections.defaultdict(set)
    for (_, call, _), places in alike.items():
        step = -(-len(places) // ALIKE)
        numbers[call].update(places[::step])
    return {call: sorted(places) for call, places in numbers.items() if call in ERRORS}


def judge(fault, run, outcome, folder):
    """What is wrong with the outcome; `None` if nothing is."""
    code = outcome.code
    if code is None:
        return "has no end"
    if is_of_loader(outcome.log):
        return None
    if code < 0 or code >= 132:
        return f"crashes by signal {-code if code < 0 else code - 128}"
    if code == 70:
        return f"ends with 70: {outcome.errors.strip()}"
    if code == 0:
        return None if run.is_done(folder, outcome.output) else "ends with 0 without the right bytes"
    is_message_lost = any(re.search(r"\bwritev?\(2,", line) for line in injected_calls(outcome.log))
    if not is_message_lost and not outcome.errors.strip():
        return f"ends with {code} without a word"
    limit = "ulimit -u" if fault.call in THREADS else LIMITS.get(fault.error)
    if limit and limit not in outcome.errors:
        return f"ends with {code} and does not name {limit}: {outcome.errors.strip()}"
    if is_late(outcome.log) and run.tree(folder) == run.expected():
        return None
    if not run.is_untouched(folder) and fault.call not in REMOVAL:
        left = sorted(set(run.tree(folder)) - set(run.files))
        return f"ends with {code} and leaves {left or 'other bytes'}"
    return None


def injected_calls(log):
    """The calls that failed, one on each line, even where strace shows a call of another thread in between."""
    begun = {}
    for line in log.splitlines():
        thread = line.split(" ", 1)[0]
        if line.endswith("<unfinished ...>"):
            begun[thread] = line
        elif "(INJECTED)" in line:
            yield begun.get(thread, "") + line if "resumed>" in line else line


def is_of_loader(log):
    before, injected, _ = log.partition("(INJECTED)")
    return bool(injected) and f"{LOADED}(" not in before


def is_late(log):
    """Whether the target already had its name before the failure. Then the file is complete, and only the rest of the
    work failed.
    """
    renamed, _, _ = log.partition("(INJECTED)")
    return any(re.search(r"\brename\w*(\(| resumed>).*= 0$", line) for line in renamed.splitlines())


class Trial:
    def __init__(self, program, parent):
        self.program = program
        self.parent = parent
        self.numbers = itertools.count()

    def run(self, fault):
        folder = runs.new_folder(self.parent, f"{next(self.numbers)}")
        run = fault.run()
        inject = f"inject={fault.call}:error={fault.error}:when={fault.number}"
        with run.surroundings(folder, self.program):
            outcome = strace(self.program, run, folder, "--seccomp-bpf", "-e", f"trace={fault.call},{ALWAYS_TRACED}", "-e", inject)
        # A write becomes visible on the device at some time. The device has ended by now.
        complaint = judge(fault, run, outcome, folder)
        shutil.rmtree(folder)
        return fault, outcome, complaint


def faults_of(run, calls, only_call):
    for call, numbers in sorted(calls.items()):
        if only_call in (None, call):
            for error in ERRORS[call]:
                for number in numbers:
                    yield Fault(run, call, error, number)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("program", type=pathlib.Path)
    parser.add_argument("--run", help="only this run")
    parser.add_argument("--call", help="only this call")
    parser.add_argument("--number", type=int, help="only the call of this number")
    parser.add_argument("--sample", type=int, default=1, help="only every N-th failure")
    parser.add_argument("--jobs", type=int, default=2)
    options = parser.parse_args()
    program = options.program.resolve()
    complaints = 0
    with tempfile.TemporaryDirectory() as folder:
        trial = Trial(program, pathlib.Path(folder))
        for run in runs.RUNS:
            if options.run not in (None, run.name):
                continue
            begin = time.monotonic()
            calls = calls_of(program, run(), runs.new_folder(trial.parent, run.name.replace(" ", "-")))
            faults = list(faults_of(run, calls, options.call))[:: options.sample]
            faults = [fault for fault in faults if options.number in (None, fault.number)]
            codes = collections.Counter()
            reached = 0
            with concurrent.futures.ThreadPoolExecutor(options.jobs) as pool:
                for fault, outcome, complaint in pool.map(trial.run, faults):
                    codes[outcome.code] += 1
                    reached += "(INJECTED)" in outcome.log
                    if complaint:
                        complaints += 1
                        print(f"{fault}: {complaint}", flush=True)
                    elif options.call and options.number:
                        print(f"{fault}: exit code {outcome.code}\n{outcome.errors}")
            ends = ", ".join(f"{count} with {code}" for code, count in sorted(codes.items(), key=lambda pair: str(pair[0])))
            print(
                f"{run.name}: {len(faults)} failures of {sum(map(len, calls.values()))} calls, {reached} reached;"
                f" {ends or 'none'}; {time.monotonic() - begin:.0f} s",
                flush=True,
            )
    print(f"system calls: {complaints} complaints")
    sys.exit(1 if complaints else 0)


if __name__ == "__main__":
    main()
