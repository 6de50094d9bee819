#!/usr/bin/env python3
"""Counts the program's instructions: of a start, of a small transfer, and for each byte of a larger one.

Unlike seconds, they say the same on a busy machine. Prints Markdown; `table` is for other scripts. On x86-64 callgrind
counts, for arm64 the emulator of Packaging/cross, which takes minutes. Neither sees the kernel.
"""

import argparse
import os
import pathlib
import re
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Callable

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "Tests" / "Interoperability"))

from simulated_device import SimulatedDevice  # noqa: E402

# The programs have no debugging information, some of which callgrind cannot read.
PROGRAMS = {"amd64": ROOT / ".build-static" / "pwtransfer", "arm64": ROOT / ".build-static-arm64" / "pwtransfer"}
EMULATOR = (ROOT / ".build-cross" / "qemu" / "qemu-aarch64", "-L", ROOT / ".build-cross" / "sysroot-arm64")
SMALL = 100
# The device has buffers that do not make the client wait, as for the throughput.
DEVICE = ("--quiet", "--min-delay", "0", "--window", "64KiB", "--chunk-buffer", "1152")

Count = Callable[..., int]


def by_callgrind(*command: object) -> int:
    valgrind = ["valgrind", "--tool=callgrind", "--callgrind-out-file=/dev/null"]
    done = subprocess.run([*valgrind, *map(str, command)], capture_output=True, text=True)
    collected = re.search(r"Collected : (\d+)", done.stderr)
    if done.returncode != 0 or collected is None:
        raise SystemExit(f"{command} failed with {done.returncode} under callgrind:\n{done.stderr}")
    return int(collected[1])


def by_emulator(*command: object) -> int:
    """The number of lines in the emulator's log, which has one for each instruction."""
    reader, writer = os.pipe()
    options = ["-one-insn-per-tb", "-d", "exec,nochain", "-D", f"/proc/self/fd/{writer}"]
    lines = subprocess.Popen(["wc", "--lines"], stdin=reader, stdout=subprocess.PIPE, text=True)
    os.close(reader)
    done = subprocess.run(
        list(map(str, [*EMULATOR, *options, *command])), pass_fds=[writer], capture_output=True, text=True
    )
    os.close(writer)
    counted = int(lines.communicate()[0])
    if done.returncode != 0:
        raise SystemExit(f"{command} failed with {done.returncode} in the emulator:\n{done.stderr}")
    return counted


def transfer(count: Count, programs: tuple[pathlib.Path, pathlib.Path], direction: str, size: int, repetitions: int) -> int:
    """The instructions of the whole process that moves this many bytes. They vary a little with the waits for the
    device.
    """
    program, simulator = programs
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        device = SimulatedDevice(simulator, folder, DEVICE)
        try:
            device.readable.write_bytes(os.urandom(size))
            port, copy = ("--port", device.port, "--quiet"), folder / "copy.bin"
            if direction == "read":
                command = (program, "read", device.READABLE, *port, "--output", copy)
            else:
                command = (program, "write", device.WRITABLE, device.readable, *port)
                copy = device.written
            counts = [count(*command) for _ in range(repetitions)]
            assert copy.read_bytes() == device.readable.read_bytes()
            return round(statistics.median(counts))
        finally:
            device.stop()


def table(program: pathlib.Path, architecture: str = "amd64") -> list[str]:
    if architecture == "amd64":
        count, programs, middle, large, repetitions = by_callgrind, (program, program), 1 << 20, 3 << 20, 3
    else:
        count, programs, middle, large, repetitions = by_emulator, (program, PROGRAMS["amd64"]), 1 << 16, 3 << 16, 1
    lines = [
        f"| {architecture} | start and end, millions | for each byte more |",
        "| --- | ---: | ---: |",
        f"| `pwtransfer --version` | {count(program, '--version') / 1e6:.1f} | |",
    ]
    for direction in ("read", "write"):
        counts = {
            size: transfer(count, programs, direction, size, repetitions) for size in (SMALL, middle, large)
        }
        each = (counts[large] - counts[middle]) / (large - middle)
        lines.append(f"| `pwtransfer {direction}` | {counts[SMALL] / 1e6:.1f} | {each:.1f} |")
    return lines


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--architecture", choices=PROGRAMS, default="amd64")
    options = parser.parse_args()
    print("\n".join(table(PROGRAMS[options.architecture], options.architecture)))
