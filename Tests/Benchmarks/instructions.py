#!/usr/bin/env python3
"""Counts the program's instructions by callgrind: of a start, of a small transfer, and for each byte of a large one.

Unlike seconds, they say the same on a busy machine. Prints Markdown; `table` is for other scripts.
"""

import os
import pathlib
import re
import statistics
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "Tests" / "Interoperability"))

from simulated_device import SimulatedDevice  # noqa: E402

# Without debugging information, some of which callgrind cannot read.
PROGRAM = ROOT / ".build-static" / "pwtransfer"
SMALL, MIDDLE, LARGE = 100, 1 << 20, 3 << 20
REPETITIONS = 3
# As for the throughput: buffers that do not make the client wait.
DEVICE = ("--quiet", "--min-delay", "0", "--window", "64KiB", "--chunk-buffer", "1152")


def instructions(*command: object) -> int:
    valgrind = ["valgrind", "--tool=callgrind", "--callgrind-out-file=/dev/null"]
    done = subprocess.run([*valgrind, *map(str, command)], capture_output=True, text=True)
    collected = re.search(r"Collected : (\d+)", done.stderr)
    if done.returncode != 0 or collected is None:
        raise SystemExit(f"{command} failed with {done.returncode} under callgrind:\n{done.stderr}")
    return int(collected[1])


def transfer(program: pathlib.Path, folder: pathlib.Path, direction: str, size: int) -> int:
    """Of the whole process that moves so many bytes; how often it waits for the device makes a small difference."""
    place = pathlib.Path(tempfile.mkdtemp(dir=folder))
    device = SimulatedDevice(program, place, DEVICE)
    try:
        device.readable.write_bytes(os.urandom(size))
        port, copy = ("--port", device.port, "--quiet"), place / "copy.bin"
        if direction == "read":
            command = (program, "read", device.READABLE, *port, "--output", copy)
        else:
            command = (program, "write", device.WRITABLE, device.readable, *port)
            copy = device.written
        counts = [instructions(*command) for _ in range(REPETITIONS)]
        assert copy.read_bytes() == device.readable.read_bytes()
        return round(statistics.median(counts))
    finally:
        device.stop()


def table(program: pathlib.Path) -> list[str]:
    version = instructions(program, "--version")
    lines = [
        "| command | start and end, millions | for each byte more |",
        "| --- | ---: | ---: |",
        f"| `pwtransfer --version` | {version / 1e6:.1f} | |",
    ]
    with tempfile.TemporaryDirectory() as name:
        for direction in ("read", "write"):
            small, middle, large = (
                transfer(program, pathlib.Path(name), direction, size) for size in (SMALL, MIDDLE, LARGE)
            )
            each = (large - middle) / (LARGE - MIDDLE)
            lines.append(f"| `pwtransfer {direction}` | {small / 1e6:.1f} | {each:.1f} |")
    return lines


if __name__ == "__main__":
    print("\n".join(table(PROGRAM)))
