"""Measures the program beside what people use today and beside what the machine can do, and prints Markdown.

Every row has its own baseline from the same run: the compared commands take turns, and the median counts.
"""

import argparse
import contextlib
import datetime
import itertools
import json
import os
import pathlib
import subprocess
import sys
import tempfile
from collections.abc import Iterator

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "Tests" / "Interoperability"))

import instructions  # noqa: E402
import token_databases  # noqa: E402
import tray  # noqa: E402
from measuring import Figures, load, machine, medians, peak_mebibytes, processor_seconds, run  # noqa: E402
from simulated_device import SimulatedDevice  # noqa: E402

PYTHON = ROOT / ".build-python" / "bin" / "python"
REFERENCE = pathlib.Path(__file__).with_name("reference_transfer.py")
MIB = 1 << 20
# The reference client asks for chunks of 1024 bytes, which need larger buffers than the usual ones.
FAST_DEVICE = ("--min-delay", "0", "--window", "64KiB", "--chunk-buffer", "1152")


class Bench:
    def __init__(self, options: argparse.Namespace, folder: pathlib.Path) -> None:
        self.program = options.program.resolve()
        self.measure = options.measure.resolve()
        self.folder = folder
        self.repetitions = options.repetitions
        self.size = options.mebibytes * MIB
        self.large = options.large * MIB

    @contextlib.contextmanager
    def device(self, size: int, *options: str) -> Iterator[SimulatedDevice]:
        folder = pathlib.Path(tempfile.mkdtemp(dir=self.folder))
        device = SimulatedDevice(self.program, folder, ("--quiet", *options))
        try:
            device.readable.write_bytes(os.urandom(min(size, MIB)) * max(1, size // MIB))
            yield device
        finally:
            device.stop()
            for file in (device.readable, device.written):
                file.unlink(missing_ok=True)

    # The compared commands. Each method returns its figures.

    def ours(self, device: SimulatedDevice, direction: str, file: pathlib.Path) -> Figures:
        device_before = processor_seconds(device.pid)
        result = run(*self.command(device, direction, file))
        return {
            "seconds": result.seconds,
            "processor": result.processor_seconds,
            "device": processor_seconds(device.pid) - device_before,
        }

    def command(self, device: SimulatedDevice, direction: str, file: pathlib.Path) -> tuple[object, ...]:
        port = ("--port", device.port, "--quiet")
        if direction == "read":
            return (self.program, "read", device.READABLE, *port, "--output", file)
        return (self.program, "write", device.WRITABLE, file, *port)

    def reference(
        self, device: SimulatedDevice, direction: str, file: pathlib.Path, *options: str
    ) -> Figures:
        number = device.READABLE if direction == "read" else device.WRITABLE
        result = run(PYTHON, REFERENCE, direction, device.port, number, file, *options)
        return {
            "seconds": result.printed("seconds"),
            "processor": result.printed("processor_seconds"),
            "process": result.seconds,
        }

    def ceiling(self, direction: str, size: int) -> Figures:
        result = run(self.measure, "ceiling", "--direction", direction, "--bytes", size)
        return {"seconds": result.printed("seconds"), "processor": result.processor_seconds}

    def recording(self, device: SimulatedDevice, file: pathlib.Path) -> tuple[object, ...]:
        """The bytes that a write of a file sends, as a file, and the sizes of the pieces up to the first data."""
        capture, sent = self.folder / "write.jsonl", self.folder / "sent.bin"
        run(*self.command(device, "write", file), "--capture", capture)
        records = [json.loads(line) for line in capture.read_text().splitlines()[1:]]
        capture.unlink()
        pieces = [bytes.fromhex(record["hex"]) for record in records if record.get("dir") == "c2s"]
        sent.write_bytes(b"".join(pieces))
        handshake = itertools.takewhile(lambda size: size < 100, map(len, pieces))
        return (sent, *(f"--handshake={size}" for size in handshake))

    def replay(self, device: SimulatedDevice, recording: tuple[object, ...], file: pathlib.Path) -> Figures:
        device.written.unlink()
        result = run(self.measure, "replay", *recording, device.port)
        assert file.read_bytes() == device.written.read_bytes()
        return {"processor": result.printed("processor_seconds")}

    # The parts of the report.

    def throughput(self) -> Iterator[str]:
        yield "## Throughput over a pseudo-terminal without throttling"
        yield ""
        yield (
            f"{self.size // MIB} MiB, median of {self.repetitions}. Ours: the whole process, from exec to exit. The reference "
            "client: the transfer alone, without the start of Python and without its pause of 1 s. Ceiling: one thread "
            "writes as many bytes as the transfer has on the line into a pseudo-terminal, another one reads them, 4 KiB in "
            "each call; nobody looks at them."
        )
        yield ""
        yield "| | ours | reference client | ceiling | ours / reference | ours / ceiling | processor time, ours / reference |"
        yield "| --- | ---: | ---: | ---: | ---: | ---: | ---: |"
        measured = {direction: self.throughput_figures(direction) for direction in ("read", "write")}
        for direction, figures in measured.items():
            ours, reference, ceiling = figures["ours"], figures["reference"], figures["ceiling"]
            yield (
                f"| {direction} | {self.rate(ours)} | {self.rate(reference)} | {self.rate(ceiling)} "
                f"| {reference['seconds'] / ours['seconds']:.1f} | {ceiling['seconds'] / ours['seconds']:.2f} "
                f"| 1/{reference['processor'] / ours['processor']:.0f} |"
            )
        yield ""
        yield (
            "What bounds it: the device, too, is a process on this machine, and 4 KiB at a time pass from one to the other, "
            "with a kernel thread between them. Milliseconds:"
        )
        yield ""
        yield "| | from exec to exit | our processor time | the device's | the ceiling | its processor time |"
        yield "| --- | ---: | ---: | ---: | ---: | ---: |"
        for direction, figures in measured.items():
            ours, ceiling = figures["ours"], figures["ceiling"]
            cells = (ours["seconds"], ours["processor"], ours["device"], ceiling["seconds"], ceiling["processor"])
            yield f"| {direction} | " + " | ".join(f"{cell * 1000:.0f}" for cell in cells) + " |"
        yield ""
        yield from self.processor_bound(measured["write"])

    def processor_bound(self, figures: dict[str, Figures]) -> Iterator[str]:
        ours, reference = figures["ours"]["processor"], figures["reference"]["processor"]
        start, loop = figures["start"]["processor"], figures["loop"]["processor"]
        yield (
            f"Of the processor time of our write, {start * 1000:.0f} ms are the start and the end, as a write of 100 bytes "
            f"shows: the bytes themselves take 1/{reference / (ours - start):.0f} of the reference client's time. A loop that "
            "only writes the same frames, recorded before, to the same device, whenever the kernel takes some, uses "
            f"{loop * 1000:.0f} ms: nobody gets below 1/{reference / loop:.0f} here, and 1/20 would leave "
            f"{(reference / 20 - loop) * 1000:.0f} ms for start, file and protocol."
        )

    def throughput_figures(self, direction: str) -> dict[str, Figures]:
        with self.device(self.size, *FAST_DEVICE) as device:
            file = self.folder / "data.bin"
            file.write_bytes(device.readable.read_bytes())
            compared = {
                "reference": lambda: self.reference(device, direction, file),
                "ceiling": lambda: self.ceiling(direction, wire_bytes(self.size)),
            }
            if direction == "write":
                small = self.folder / "small.bin"
                small.write_bytes(bytes(100))
                recording = self.recording(device, file)
                compared["start"] = lambda: self.ours(device, direction, small)
                compared["loop"] = lambda: self.replay(device, recording, file)
            figures = medians(
                self.repetitions, **compared, ours=lambda: self.ours(device, direction, file)
            )
            written = device.written if direction == "write" else device.readable
            assert file.read_bytes() == written.read_bytes()
        return figures

    def rate(self, figures: Figures) -> str:
        return f"{self.size / figures['seconds'] / 1e6:.1f} MB/s"

    def small_transfer(self) -> Iterator[str]:
        yield "## Start, and a transfer of 100 bytes, from exec to exit"
        yield ""
        repetitions = self.repetitions * 4 + 1
        slow_repetitions = min(3, self.repetitions)
        true_program = self.folder / "true"
        source = self.folder / "true.c"
        source.write_text("int main(void) { return 0; }\n")
        run("cc", "-O2", "-o", true_program, source)
        with self.device(100) as device:
            device.readable.write_bytes(bytes(range(100)))
            file = self.folder / "small.bin"
            file.write_bytes(bytes(range(100)))
            figures = medians(
                repetitions,
                true=lambda: {"seconds": run(true_program).seconds},
                version=lambda: {"seconds": run(self.program, "--version").seconds},
                read=lambda: self.ours(device, "read", file),
                write=lambda: self.ours(device, "write", file),
            )
            slow = medians(
                slow_repetitions,
                reference=lambda: self.reference(device, "read", file),
                pause=lambda: self.reference(device, "read", file, "--pause"),
            )
        version, ours = figures["version"]["seconds"], figures["read"]["seconds"]
        yield (
            f"Median of {repetitions} (the reference client: {slow_repetitions}). The program is "
            f"{self.program.stat().st_size / MIB:.1f} MiB. A device with the usual buffers."
        )
        yield ""
        yield "| command | ms | |"
        yield "| --- | ---: | --- |"
        true_seconds = figures["true"]["seconds"]
        yield f"| a C program that only returns | {true_seconds * 1000:.1f} | |"
        yield (
            f"| `pwtransfer --version` | {version * 1000:.1f} | {(version - true_seconds) * 1000:.1f} ms above that: loading, "
            "the runtime of Swift, the description of all commands |"
        )
        for direction in ("read", "write"):
            seconds = figures[direction]["seconds"]
            yield (
                f"| `pwtransfer {direction}` | {seconds * 1000:.1f} | {(seconds - version) * 1000:.1f} ms above "
                "`--version` |"
            )
        for name, title in (("reference", "reference client, its pause shortened to 0.1 s"), ("pause", "reference client")):
            seconds = slow[name]["process"]
            yield f"| {title}, read | {seconds * 1000:.0f} | our read takes 1/{seconds / ours:.0f} |"

    def memory(self) -> Iterator[str]:
        yield "## Peak memory"
        yield ""
        yield f"| | 1 MiB | {self.large // MIB} MiB | difference |"
        yield "| --- | ---: | ---: | ---: |"
        for direction in ("read", "write"):
            peaks = []
            for size in (MIB, self.large):
                with self.device(size, *FAST_DEVICE) as device:
                    file = device.readable if direction == "write" else self.folder / "data.bin"
                    peaks.append(peak_mebibytes(*self.command(device, direction, file)))
                    copy = device.written if direction == "write" else file
                    run("cmp", device.readable, copy)
                    copy.unlink()
            small, large = peaks
            yield f"| {direction} | {small:.1f} MiB | {large:.1f} MiB | {large - small:+.1f} MiB |"

    def token_databases(self) -> Iterator[str]:
        yield "## Token databases"
        yield ""
        yield (
            f"{token_databases.COUNT:,} strings. What a read of 100 bytes with `--device-output` takes more with "
            "`--token-database` than without, and Pigweed's own `Detokenizer` more than with an empty database. Processor time, "
            f"which includes the time to read the file; median of {self.repetitions}."
        )
        yield ""
        with self.device(100) as device:
            read = self.command(device, "read", self.folder / "small.bin")
            yield from token_databases.table(read, PYTHON, self.folder, self.repetitions)

    def tray(self) -> Iterator[str]:
        yield "## Many devices at once"
        yield ""
        yield (
            "All in one process; the simulated devices, in another one, share the processors with it. Others are the kernel's "
            "threads for pseudo-terminals and whatever else runs here: where all processors are in use, they are the bound."
        )
        yield ""
        rows = [row for count in (32, 128) for row in tray.rows(self.program, count)]
        yield from tray.table(rows).splitlines()

    def instructions(self) -> Iterator[str]:
        yield "## Instructions"
        yield ""
        yield (
            "Counted by callgrind, which sees the program and not the kernel: unlike seconds, they say the same on a busy "
            "machine. A start is that of a transfer of 100 bytes; a byte is one of a larger file."
        )
        yield ""
        yield from instructions.table(self.program)

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

    def report(self) -> Iterator[str]:
        commit = subprocess.run(
            ["git", "describe", "--always", "--dirty"], cwd=ROOT, capture_output=True, text=True
        ).stdout.strip()
        yield "# Benchmarks"
        yield ""
        yield (
            f"One run of `Scripts/benchmark --output BENCHMARKS.md` on {datetime.date.today()}, commit {commit or 'unknown'}. "
            f"{machine()}; load average {load()} when it began. The program is `{os.path.relpath(self.program, ROOT)}`. All files "
            "are in memory, so that no disk is measured."
        )
        yield ""
        yield (
            "Each row was measured beside its baseline, in turns: compare within a row, not with other machines or runs. How "
            "much of a line is used, which depends on no machine, is in the [golden "
            "table](Tests/SimulationTests/Golden/line-utilisation.md)."
        )
        parts = (
            self.throughput, self.small_transfer, self.memory, self.token_databases, self.tray, self.instructions, self.codecs,
        )
        for part in parts:
            print(f"measuring: {part.__name__}", file=sys.stderr, flush=True)
            yield ""
            yield from part()


def wire_bytes(size: int) -> int:
    """The number of bytes on the line for a transfer of random data: 448 data bytes in a frame of about 490."""
    return size * 490 // 448


def working_folder() -> str | None:
    """A folder in memory, if there is one: the speed of a disk is not measured here."""
    memory = pathlib.Path("/dev/shm")
    return str(memory) if os.access(memory, os.W_OK) else None


def main() -> None:
    parser = argparse.ArgumentParser(prog="Scripts/benchmark", description=__doc__)
    parser.add_argument("--program", type=pathlib.Path, required=True, help=argparse.SUPPRESS)
    parser.add_argument("--measure", type=pathlib.Path, required=True, help=argparse.SUPPRESS)
    parser.add_argument("--output", type=pathlib.Path, help="write the report to this file instead of printing it")
    parser.add_argument("--repetitions", type=int, default=5, help="measurements of each command (default: 5)")
    parser.add_argument("--mebibytes", type=int, default=16, help="size for the throughput (default: 16)")
    parser.add_argument("--large", type=int, default=1024, help="MiB for the peak memory (default: 1024)")
    options = parser.parse_args()

    with tempfile.TemporaryDirectory(dir=working_folder()) as folder:
        lines = Bench(options, pathlib.Path(folder)).report()
        if options.output is None:
            for line in lines:
                print(line, flush=True)
        else:
            options.output.write_text("".join(f"{line}\n" for line in list(lines)))


main()
