"""Measures processes from exec to exit, and computes medians."""

import dataclasses
import json
import os
import pathlib
import platform
import resource
import statistics
import subprocess
import tempfile
import time
from collections.abc import Callable


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
    """The peak memory of a command, measured by another program: a child of this process would begin with our peak."""
    with tempfile.NamedTemporaryFile("r") as report:
        run("/usr/bin/time", "--format=%M", f"--output={report.name}", *command)
        return int(report.read()) / 1024


def processor_seconds(pid: int) -> float:
    """The processor time of a running process, user and kernel."""
    fields = pathlib.Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def machine_processor_seconds() -> float:
    """The processor time that this machine has used since it was started."""
    user, nice, system, _idle, _waiting, *interrupts = map(
        int, pathlib.Path("/proc/stat").read_text().splitlines()[0].split()[1:8]
    )
    return (user + nice + system + sum(interrupts)) / os.sysconf("SC_CLK_TCK")


Figures = dict[str, float]


def medians(repetitions: int, **commands: Callable[[], Figures]) -> dict[str, Figures]:
    """Runs all commands in turn, several times; returns the median of each of their figures."""
    rounds = [{name: command() for name, command in commands.items()} for _ in range(repetitions)]
    return {
        name: {
            figure: statistics.median(one[name][figure] for one in rounds) for figure in rounds[0][name]
        }
        for name in commands
    }


def machine() -> str:
    processor = next(
        (
            line.split(":")[1].strip()
            for line in pathlib.Path("/proc/cpuinfo").read_text().splitlines()
            if line.startswith("model name")
        ),
        platform.machine(),
    )
    kind = "virtual machine" if " hypervisor " in pathlib.Path("/proc/cpuinfo").read_text() else "machine"
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    return (
        f"A {kind} with {os.cpu_count()} processors ({processor}), {memory:.0f} GiB of memory, Linux {platform.release()}, "
        f"Python {platform.python_version()}"
    )


def load() -> str:
    return "{:.2f}".format(os.getloadavg()[0])
