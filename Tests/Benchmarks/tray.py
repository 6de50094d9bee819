#!/usr/bin/env python3
"""Many devices at once against one alone: what each reaches of its rate, in one run of this script.

Prints Markdown; `rows` is for other scripts. The simulated devices share the processors with the client, so that their
part is told apart. Where all processors are in use, by kernel threads and other programs too, the machine is the bound.
"""

import argparse
import contextlib
import json
import os
import pathlib
import resource
import statistics
import subprocess
import tempfile
from collections.abc import Iterator

from measuring import machine_processor_seconds, processor_seconds

ROOT = pathlib.Path(__file__).resolve().parents[2]
BINARIES = pathlib.Path(os.environ.get("PWTRANSFER_BINARIES", ROOT / ".build" / "release"))
PROGRAM = BINARIES / "pwtransfer"


@contextlib.contextmanager
def tray(
    program: pathlib.Path, folder: pathlib.Path, count: int, baud: int
) -> Iterator[tuple[list[str], int]]:
    """Starts simulated devices in one process; yields their ports and the process."""
    (folder / "tray.toml").write_text(
        f'[[device]]\ncount = {count}\nname = "board"\nlink = "{folder}/{{name}}"\nbaud = {baud}\nmin-delay = "0"\n'
        f'window = "64KiB"\nresource = ["3={folder}/image.bin", "2={folder}/{{name}}.flash:w"]\n'
    )
    command = [program, "simulate", "--scenario", folder / "tray.toml", "--quiet"]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    try:
        ports = []
        while (line := process.stdout.readline().strip()) != "ready":
            assert line, "the simulated devices did not start"
            ports.append(line.split(" port ")[1])
        yield ports, process.pid
    finally:
        process.terminate()
        process.communicate()


def rates(
    program: pathlib.Path, arguments: list[str], ports: list[str], baud: int
) -> tuple[list[float], float, float]:
    """The bytes a second of each device, the client's processor time, and the elapsed time, both in seconds."""
    command = [program, *arguments, "--baud", str(baud), "--json", "--progress", "none"]
    for port in ports:
        command += ["--port", port]
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    events = [json.loads(line) for line in done.stdout.splitlines()]
    results = [event for event in events if event["type"] == "device_result"]
    assert len(results) == len(ports)
    busy = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return [event["transfer"]["rate"] for event in results], busy, events[-1]["seconds"]


def rows(
    program: pathlib.Path, count: int = 32, baud: int = 921_600, size: int = 262_144
) -> list[dict]:
    """A row for reads and a row for writes: the rate of one device alone, and of the slowest of many."""
    found = []
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        (folder / "image.bin").write_bytes(os.urandom(size))
        with tray(program, folder, count, baud) as (ports, devices):
            for direction, arguments in (
                ("read", ["read", "3", "-o", f"{folder}/{{index}}.bin"]),
                ("write", ["write", "2", f"{folder}/image.bin"]),
            ):
                alone = statistics.median(rates(program, arguments, ports[:1], baud)[0][0] for _ in range(3))
                devices_before, all_before = processor_seconds(devices), machine_processor_seconds()
                together, busy, seconds = rates(program, arguments, ports, baud)
                devices_busy = processor_seconds(devices) - devices_before
                rest_busy = machine_processor_seconds() - all_before - busy - devices_busy
                found.append(
                    {"direction": direction, "count": count, "baud": baud, "alone": alone, "slowest": min(together),
                     "median": statistics.median(together), "share": min(together) / alone,
                     "processors": busy / seconds, "devices": devices_busy / seconds, "rest": rest_busy / seconds}
                )  # fmt: skip
                image = (folder / "image.bin").read_bytes()
                for index, port in enumerate(ports, 1):
                    copy = f"{index}.bin" if direction == "read" else f"{pathlib.Path(port).name}.flash"
                    assert (folder / copy).read_bytes() == image, copy
    return found


def table(found: list[dict]) -> str:
    lines = [
        "| devices at once | one alone, KiB/s | slowest of all, KiB/s | median, KiB/s | slowest / alone "
        "| client's processors | the devices' | all others' |",
        "| --- | --- | --- | --- | --- | --- | --- | --- |",
    ]
    for row in found:
        lines.append(
            f"| {row['count']} x {row['direction']}, {row['baud']} baud | {row['alone'] / 1024:.1f} | "
            f"{row['slowest'] / 1024:.1f} | {row['median'] / 1024:.1f} | {row['share']:.3f} | {row['processors']:.2f} | "
            f"{row['devices']:.2f} | {row['rest']:.2f} |"
        )
    return "\n".join(lines)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--devices", type=int, default=32)
    parser.add_argument("--baud", type=int, default=921_600)
    parser.add_argument("--size", type=int, default=262_144)
    parser.add_argument("--least", type=float, default=0.95, help="the part of one alone that each must reach")
    options = parser.parse_args()
    found = rows(PROGRAM, options.devices, options.baud, options.size)
    print(table(found))
    return 0 if all(row["share"] >= options.least for row in found) else 1


if __name__ == "__main__":
    raise SystemExit(main())
