#!/usr/bin/env python3
"""Runs the program against each behaviour of the hostile device and tells how it ends, and what that took:
attack.py [BEHAVIOUR]...

It is the command in PWTRANSFER_BINARIES or .build/release. With a deadline, so that also what holds a transfer for ever ends.
"""

import argparse
import concurrent.futures
import contextlib
import dataclasses
import os
import pathlib
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator

from behaviours import BEHAVIOURS

HERE = pathlib.Path(__file__).resolve().parent
BINARIES = pathlib.Path(os.environ.get("PWTRANSFER_BINARIES", HERE.parents[1] / ".build" / "release")).resolve()
PROGRAM = BINARIES / "pwtransfer"
DEVICE = HERE / "hostile_device.py"
# A second of silence, or of talk without progress, ends a transfer; with the defaults, this takes eight seconds.
PATIENCE = ("--chunk-timeout", "500ms", "--start-timeout", "500ms", "--retries", "1")


@dataclasses.dataclass
class Outcome:
    """How the program ended, and what that took."""

    code: int
    output: str
    errors: str
    seconds: float
    processor: float
    memory: int


@contextlib.contextmanager
def device(behaviour: str, *options: str | os.PathLike) -> Iterator[str]:
    """Starts a hostile device; yields its port."""
    process = subprocess.Popen(
        [sys.executable, DEVICE, behaviour, *options], stdout=subprocess.PIPE, text=True, start_new_session=True)
    try:
        port = process.stdout.readline().removeprefix("port ").strip()
        assert process.stdout.readline() == "ready\n"
        yield port
    finally:
        process.kill()
        process.wait()
        process.stdout.close()


def run(*arguments: str | os.PathLike, folder: pathlib.Path, limit: float = 30) -> Outcome:
    """Runs the program to its end. The kernel measures its memory."""
    kept = {name: os.environ[name] for name in ("PATH", "LD_LIBRARY_PATH", "TMPDIR") if name in os.environ}
    start = time.monotonic()
    process = subprocess.Popen(
        [PROGRAM, *map(str, arguments)], cwd=folder, text=True, env=kept | {"LC_ALL": "C.UTF-8"},
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    timer = threading.Timer(limit, process.kill)
    timer.start()
    output: list[str] = []
    reader = threading.Thread(target=lambda: output.append(process.stdout.read()))
    reader.start()
    errors = process.stderr.read()
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    reader.join()
    timer.cancel()
    return Outcome(
        process.returncode, output[0], errors, time.monotonic() - start, usage.ru_utime + usage.ru_stime, usage.ru_maxrss)


def command(behaviour: str, port: str) -> list[str]:
    """The command of a user who has such a device."""
    patience = [*PATIENCE, "--port", port]
    if "list" in behaviour or behaviour == "long-names":
        return ["ls", "--port", port]
    if behaviour == "status-stream":
        return ["status", "2", "--port", port]
    if BEHAVIOURS[behaviour].__doc__.startswith("Write:"):
        after = ["--reset-after", "rpc", "--expect", "Boot OK", "--expect-timeout", "1s"] if behaviour == "boast" else []
        return ["write", "2", "in.bin", *after, *patience]
    again = ["--reconnect"] if behaviour == "byte-for-connection" else []
    return ["read", "3", "-o", "out.bin", *again, *patience]


def attack(behaviour: str, line: str, deadline: float) -> str:
    """Runs the program; returns its end as a row of the table."""
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        (folder / "in.bin").write_bytes(bytes(range(256)) * 20)
        with device(behaviour, *(["--link", folder / "board"] if line == "pty" else [])) as port:
            done = run(
                *command(behaviour, port), "--deadline", f"{deadline}s", folder=folder, limit=deadline + 10)
    said = "  ".join(line for line in done.errors.splitlines() if line.startswith("pwtransfer:"))
    figures = f"{done.code:>5}{done.seconds:>7.1f} s{done.processor:>9.2f} s{done.memory / 1024:>6.1f} MiB"
    return f"{behaviour:34}{figures}  {said[:150]}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("behaviours", nargs="*", metavar="BEHAVIOUR", default=list(BEHAVIOURS))
    parser.add_argument("--deadline", type=float, default=20, help="seconds")
    parser.add_argument("--line", choices=("pty", "tcp"), default="tcp")
    parser.add_argument("--jobs", type=int, default=1, help="attacks at a time; they take processor time from each other")
    arguments = parser.parse_args()
    print(f"{'behaviour':34}{'exit':>5}{'time':>9}{'processor':>11}{'memory':>10}")
    with concurrent.futures.ThreadPoolExecutor(arguments.jobs) as jobs:
        rows = jobs.map(lambda name: attack(name, arguments.line, arguments.deadline), arguments.behaviours)
        for row in rows:
            print(row, flush=True)


if __name__ == "__main__":
    main()
