#!/usr/bin/env python3
"""Checks that engine and driver allocate no memory while a transfer runs: four times the data, the same number of
allocations.

One allocation in each window of 64 KiB would show as 48 more, one in each chunk as thousands. Depending on the
timing, buffers may grow once more or once less.
"""

import json
import os
import pathlib
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "Tests" / "Interoperability"))

from simulated_device import SimulatedDevice  # noqa: E402

BINARIES = pathlib.Path(os.environ.get("PWTRANSFER_BINARIES", ROOT / ".build" / "release"))
SHORT, LONG = 1 << 20, 4 << 20
REPETITIONS = 4
# Some buffers may happen to grow in all long transfers and in no short one.
CHANCE = 4
DEVICE = ("--quiet", "--min-delay", "0", "--window", "64KiB")


def allocations(folder: pathlib.Path, direction: str, size: int) -> int:
    """The number of allocations of the client while it moves this many bytes."""
    place = pathlib.Path(tempfile.mkdtemp(dir=folder))
    device = SimulatedDevice(BINARIES / "pwtransfer", place, DEVICE)
    try:
        content = os.urandom(size)
        device.readable.write_bytes(content)
        file = device.readable if direction == "write" else place / "copy.bin"
        resource = device.WRITABLE if direction == "write" else device.READABLE
        command = [BINARIES / "MeasureSpeed", "allocations", "--port", device.port, "--direction", direction]
        command += ["--resource", str(resource), "--file", file]
        result = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
        copy = device.written if direction == "write" else file
        assert result["bytes"] == size and copy.read_bytes() == content, "the transfer is not complete"
        return result["allocations"]
    finally:
        device.stop()


def main() -> int:
    failures = 0
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        for direction in ("read", "write"):
            short = [allocations(folder, direction, SHORT) for _ in range(REPETITIONS)]
            long = [allocations(folder, direction, LONG) for _ in range(REPETITIONS)]
            is_steady = min(long) <= max(short) + CHANCE
            failures += not is_steady
            print(
                f"{direction}: allocations for 1 MiB {short}, for 4 MiB {long}: "
                + ("none for a chunk" if is_steady else "TOO MANY for the longer transfer")
            )
    return 1 if failures else 0


if __name__ == "__main__":
    raise SystemExit(main())
