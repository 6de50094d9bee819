"""Measures the program beside what people use today and beside what the machine can do, and prints Markdown.

Every row has its own baseline from the same run: the compared commands take turns, and the median counts.
"""

import argparse
import contextlib
import dataclasses
import json
import os
import pathlib
import platform
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "Tests" / "Interoperability"))

from simulated_device import SimulatedDevice  # noqa: E402

PYTHON = ROOT / ".build-python" / "bin" / "python"
REFERENCE = pathlib.Path(__file__).with_name("reference_transfer.py")
MIB = 1 << 20
# The reference client asks for chunks of 1024 bytes, which need larger buffers than the usual ones.
FAST_DEVICE = ("--min-delay", "0", "--window", "64KiB", "--chunk-buffer", "1152")


@dataclasses.dataclass
class Run:
    """One process, from exec to exit."""

    seconds: float
    processor_seconds: float
    output: str

    def printed(self, key: str) -> float:
        return json.loads(self.output)[key]


def run(*command: object) -> Run:
    before, start = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    process = subprocess.run([str(part) for part in command], capture_output=True, text=True)
    seconds, after = time.perf_counter() - start, resource.getrusage(resource.RUSAGE_CHILDREN)
    if process.returncode != 0:
        raise SystemExit(f"{command} failed with {process.returncode}:\n{process.stderr}")
    processor = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return Run(seconds, processor, process.stdout)


def peak_mebibytes(*command: object) -> float:
    """By a program of its own: a child of this process would begin with the peak of this process."""
    with tempfile.NamedTemporaryFile("r") as report:
        run("/usr/bin/time", "--format=%M", f"--output={report.name}", *command)
        return int(report.read()) / 1024


def medians(repetitions: int, **commands: Callable[[], dict[str, float]]) -> dict[str, dict[str, float]]:
    """Runs all commands in turn, again and again; the median of each of their figures."""
    rounds = [{name: command() for name, command in commands.items()} for _ in range(repetitions)]
    return {
        name: {
            figure: statistics.median(one[name][figure] for one in rounds) for figure in rounds[0][name]
        }
        for name in commands
    }


class Bench:
    def __init__(self, binaries: pathlib.Path, folder: pathlib.Path, repetitions: int) -> None:
        self.program = binaries / "pwtransfer"
        self.measure = binaries / "MeasureSpeed"
        self.folder = folder
        self.repetitions = repetitions

    @contextlib.contextmanager
    def device(self, size: int, *options: str) -> Iterator[SimulatedDevice]:
        folder = pathlib.Path(tempfile.mkdtemp(dir=self.folder))
        device = SimulatedDevice(self.program, folder, ("--quiet", *options))
        try:
            device.readable.write_bytes(os.urandom(min(size, MIB)) * max(1, size // MIB))
            yield device
        finally:
            device.stop()

    # What is compared; each returns its figures.

    def ours(self, device: SimulatedDevice, direction: str, file: pathlib.Path) -> dict[str, float]:
        result = run(*self.command(device, direction, file))
        return {"seconds": result.seconds, "processor": result.processor_seconds}

    def command(self, device: SimulatedDevice, direction: str, file: pathlib.Path) -> tuple[object, ...]:
        port = ("--port", device.port, "--quiet")
        if direction == "read":
            return (self.program, "read", device.READABLE, *port, "--output", file)
        return (self.program, "write", device.WRITABLE, file, *port)

    def reference(
        self, device: SimulatedDevice, direction: str, file: pathlib.Path, *options: str
    ) -> dict[str, float]:
        number = device.READABLE if direction == "read" else device.WRITABLE
        result = run(PYTHON, REFERENCE, direction, device.port, number, file, *options)
        return {
            "seconds": result.printed("seconds"),
            "processor": result.printed("processor_seconds"),
            "process": result.seconds,
        }

    def ceiling(self, direction: str, size: int) -> dict[str, float]:
        result = run(self.measure, "ceiling", "--direction", direction, "--bytes", size)
        return {"seconds": result.printed("seconds")}

    # The parts of the report.

    def throughput(self, size: int) -> Iterator[str]:
        yield "## Throughput over a pseudo-terminal without throttling"
        yield ""
        yield (
            f"{size // MIB} MiB, median of {self.repetitions}. Ours: the whole process, from exec to exit. The reference "
            "client: the transfer alone, without the start of Python and without its pause of 1 s. Ceiling: a loop that "
            "copies as many bytes through a pseudo-terminal and looks at none."
        )
        yield ""
        yield "| | ours | reference client | ceiling | ours / reference | ours / ceiling | processor time, ours / reference |"
        yield "| --- | ---: | ---: | ---: | ---: | ---: | ---: |"
        for direction in ("read", "write"):
            with self.device(size, *FAST_DEVICE) as device:
                file = self.folder / "data.bin"
                file.write_bytes(device.readable.read_bytes())
                figures = medians(
                    self.repetitions,
                    ours=lambda: self.ours(device, direction, file),
                    reference=lambda: self.reference(device, direction, file),
                    ceiling=lambda: self.ceiling(direction, wire_bytes(size)),
                )
                written = device.written if direction == "write" else device.readable
                assert file.read_bytes() == written.read_bytes()
            ours, reference, ceiling = figures["ours"], figures["reference"], figures["ceiling"]
            yield (
                f"| {direction} | {rate(size, ours)} | {rate(size, reference)} | {rate(size, ceiling)} "
                f"| {reference['seconds'] / ours['seconds']:.1f} | {ceiling['seconds'] / ours['seconds']:.2f} "
                f"| 1/{reference['processor'] / ours['processor']:.0f} |"
            )

    def small_read(self) -> Iterator[str]:
        yield "## A read of 100 bytes, from exec to exit"
        yield ""
        repetitions = self.repetitions * 2 + 1
        true_program = self.folder / "true"
        source = self.folder / "true.c"
        source.write_text("int main(void) { return 0; }\n")
        run("cc", "-O2", "-o", true_program, source)
        with self.device(100) as device:
            device.readable.write_bytes(bytes(range(100)))
            file = self.folder / "small.bin"
            figures = medians(
                repetitions,
                true=lambda: {"seconds": run(true_program).seconds},
                version=lambda: {"seconds": run(self.program, "--version").seconds},
                ours=lambda: self.ours(device, "read", file),
            )
            slow = medians(
                min(5, self.repetitions),
                reference=lambda: self.reference(device, "read", file),
                pause=lambda: self.reference(device, "read", file, "--pause"),
            )
        ours = figures["ours"]["seconds"]
        yield f"Median of {repetitions} (the reference client: {min(5, self.repetitions)})."
        yield ""
        yield "| command | ms | ours is |"
        yield "| --- | ---: | ---: |"
        yield f"| a C program that only returns | {milliseconds(figures['true'])} | |"
        yield f"| `pwtransfer --version` | {milliseconds(figures['version'])} | |"
        yield f"| `pwtransfer read` | {ours * 1000:.1f} | |"
        for name, title in (("reference", "reference client, its pause shortened to 0.1 s"), ("pause", "reference client")):
            seconds = slow[name]["process"]
            yield f"| {title} | {seconds * 1000:.0f} | 1/{seconds / ours:.0f} |"

    def memory(self, large: int) -> Iterator[str]:
        yield "## Peak memory"
        yield ""
        yield "| | 1 MiB | {} | ".format(f"{large // MIB} MiB")
        yield "| --- | ---: | ---: |"
        for direction in ("read", "write"):
            peaks = []
            for size in (MIB, large):
                with self.device(size, *FAST_DEVICE) as device:
                    file = device.readable if direction == "write" else self.folder / "data.bin"
                    peaks.append(peak_mebibytes(*self.command(device, direction, file)))
                    copy = device.written if direction == "write" else file
                    run("cmp", device.readable, copy)
                    copy.unlink()
            yield f"| {direction} | {peaks[0]:.1f} MiB | {peaks[1]:.1f} MiB |"

    def codecs(self) -> Iterator[str]:
        yield "## Codecs"
        yield ""
        yield "Chunks of 448 bytes of random data, on one core; rates count the data bytes."
        yield ""
        yield "| | MB/s | allocations a chunk |"
        yield "| --- | ---: | ---: |"
        rounds = [json.loads(run(self.measure, "codecs").output) for _ in range(3)]
        for name in rounds[0]:
            speed = max(one[name]["megabytes_per_second"] for one in rounds)
            yield f"| {name} | {speed} | {rounds[0][name]['allocations_per_chunk']:g} |"


def wire_bytes(size: int) -> int:
    """What a transfer of random data puts on the line: 448 data bytes in a frame of about 490."""
    return size * 490 // 448


def rate(size: int, figures: dict[str, float]) -> str:
    return f"{size / figures['seconds'] / 1e6:.1f} MB/s"


def milliseconds(figures: dict[str, float]) -> str:
    return f"{figures['seconds'] * 1000:.1f}"


def machine() -> str:
    processor = next(
        (
            line.split(":")[1].strip()
            for line in pathlib.Path("/proc/cpuinfo").read_text().splitlines()
            if line.startswith("model name")
        ),
        platform.machine(),
    )
    return f"{os.cpu_count()} cores ({processor}), Linux {platform.release()}, Python {platform.python_version()}"


def main() -> None:
    parser = argparse.ArgumentParser(prog="Scripts/benchmark", description=__doc__)
    parser.add_argument("--binaries", type=pathlib.Path, required=True, help=argparse.SUPPRESS)
    parser.add_argument("--repetitions", type=int, default=5, help="measurements of each command (default: 5)")
    parser.add_argument("--mebibytes", type=int, default=16, help="size for the throughput (default: 16)")
    parser.add_argument("--large", type=int, default=1024, help="MiB for the peak memory (default: 1024)")
    arguments = parser.parse_args()

    with tempfile.TemporaryDirectory() as folder:
        bench = Bench(arguments.binaries, pathlib.Path(folder), arguments.repetitions)
        print(f"{machine()}.")
        for part in (
            bench.throughput(arguments.mebibytes * MIB),
            bench.small_read(),
            bench.memory(arguments.large * MIB),
            bench.codecs(),
        ):
            print()
            for line in part:
                print(line, flush=True)


main()
