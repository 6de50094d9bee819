"""Several devices at once, against the tray of `Documentation/examples`."""

import os
import pathlib
import re
import signal
import subprocess
import time
from collections.abc import Iterator

import pytest
from conftest import PATIENCE, PROGRAM, ROOT, checked, environment, events, golden, screen_shape, shape, start

EXAMPLES = ROOT / "Documentation/examples"
GOOD = [f"good-{number}" for number in range(1, 6)]
TRAY = [*GOOD, "unplugged", "refusing", "silent"]
# The silent one is given up after two times half a second.
PATIENT = ("--baud", "921600", "--start-timeout", "500ms", "--retries", "1")


class Tray:
    """The devices of a scenario, and the folder of their links and files."""

    def __init__(self, folder: pathlib.Path, scenario: pathlib.Path) -> None:
        self.folder = folder
        self.content = os.urandom(65536)
        for name in ("firmware.bin", "log.bin"):
            (folder / name).write_bytes(self.content)
        self.process = start("simulate", "--scenario", scenario, "--json", cwd=folder)
        self.lines = [self.process.stdout.readline()]
        assert checked(self.lines[0])["type"] == "start"
        self.ready = []

    def wait(self, count: int) -> None:
        while len(self.ready) < count:
            self.lines.append(self.process.stdout.readline())
            assert checked(self.lines[-1])["type"] == "device_ready"
            self.ready.append(checked(self.lines[-1])["device"])

    def stop(self) -> list[dict]:
        """Ends the devices; what they told."""
        if self.process.poll() is None:
            self.process.terminate()
        output, _ = self.process.communicate(timeout=PATIENCE)
        return events("".join(self.lines) + output)

    def run(self, *arguments: str, ports: list[str], **options) -> subprocess.CompletedProcess:
        command = [PROGRAM, *arguments]
        for port in ports:
            command += ["--port", port]
        pipe = subprocess.PIPE
        options = {"stdin": subprocess.DEVNULL, "stdout": pipe, "stderr": pipe, "text": True} | options
        return subprocess.run(
            command, cwd=self.folder, env=environment(), timeout=PATIENCE, check=False, **options
        )


@pytest.fixture
def make_tray(tmp_path: pathlib.Path) -> Iterator:
    trays = []

    def make(count: int, scenario: str | None = None) -> Tray:
        path = EXAMPLES / "tray.toml"
        if scenario is not None:
            path = tmp_path / "scenario.toml"
            path.write_text(scenario)
        trays.append(Tray(tmp_path, path))
        trays[-1].wait(count)
        return trays[-1]

    yield make
    for tray in trays:
        tray.stop()


def slow(count: int) -> str:
    """Devices at which 64 KiB take a quarter of a minute."""
    return (
        f'[[device]]\ncount = {count}\nname = "board"\nlink = "{{name}}"\nmin-delay = "100ms"\n'
        'resource = ["2={name}.flash:w", "3=log.bin"]\n'
    )


def test_tray_as_json(make_tray):
    tray = make_tray(8)
    begin = time.monotonic()
    done = tray.run("write", "2", "firmware.bin", *PATIENT, "--json", ports=TRAY)
    passed = time.monotonic() - begin
    found = events(done.stdout)
    results = {event["port"]: event for event in found if event["type"] == "device_result"}
    assert {port: event["exit_code"] for port, event in results.items()} == {
        **dict.fromkeys(GOOD, 0), "unplugged": 74, "refusing": 76, "silent": 75,
    }  # fmt: skip
    assert [results[port]["device"] for port in TRAY] == list(range(1, 9))
    assert results["refusing"]["error"]["status"] == "DATA_LOSS"
    assert results["unplugged"]["bytes"] == pytest.approx(32768, abs=2048)
    overall = found[-1]
    assert (done.returncode, overall["exit_code"]) == (76, 76)
    assert (overall["devices"], overall["failed_devices"], overall["error"]["code"]) == (8, 3, "devices_failed")
    assert overall["bytes"] == sum(event["bytes"] for event in results.values())
    assert all("port" in event for event in found[1:-1])
    for port in GOOD:
        assert (tray.folder / f"{port}.flash").read_bytes() == tray.content
    # Nobody waits for the others: the slowest good one, and then the patience with the silent one is over.
    slowest = max(results[port]["seconds"] for port in GOOD)
    assert passed < max(slowest, results["silent"]["seconds"]) + 1
    told = tray.stop()
    assert {event["device"]: event["reason"] for event in told if event["type"] == "device_gone"} == {
        "unplugged": "unplugged", "silent": "silent",
    }  # fmt: skip


def test_table(make_tray):
    tray = make_tray(8)
    done = tray.run("read", "3", "-o", "{port}.log", *PATIENT, "--progress", "none", ports=TRAY)
    assert done.returncode == 76
    table = done.stderr[done.stderr.index("PORT ") :]
    golden("tray-table.txt", re.sub(r" +(SIZE|TIME)", r" \1", shape(table)))
    for port in GOOD:
        assert (tray.folder / f"{port}.log").read_bytes() == tray.content
    assert not (tray.folder / "unplugged.log").exists()
    # A table is no error.
    quiet = tray.run("read", "3", "-o", "{port}.log", *PATIENT, "-q", ports=GOOD)
    assert (quiet.returncode, quiet.stderr) == (0, "")


def test_good_ones_alone_pass(make_tray):
    tray = make_tray(8)
    done = tray.run("write", "2", "firmware.bin", "--baud", "921600", "--json", ports=GOOD)
    assert done.returncode == 0
    assert "error" not in events(done.stdout)[-1]


def test_jobs(make_tray):
    tray = make_tray(8)
    done = tray.run("write", "2", "firmware.bin", *PATIENT, "--json", "--jobs", "2", ports=TRAY)
    assert done.returncode == 76
    running = set()
    for event in events(done.stdout):
        if event["type"] == "port_opened":
            running.add(event["port"])
        if event["type"] == "device_result":
            running.discard(event["port"])
        assert len(running) <= 2


@pytest.mark.parametrize("jobs", [None, "2"])
def test_signal_stops_all(make_tray, jobs):
    tray = make_tray(4, slow(4))
    ports = [f"board-{number}" for number in range(1, 5)]
    command = [PROGRAM, "read", "3", "-o", "{port}.log", "--json"] + (["--jobs", jobs] if jobs else [])
    for port in ports:
        command += ["--port", port]
    process = subprocess.Popen(command, cwd=tray.folder, env=environment(), stdout=subprocess.PIPE, text=True)
    lines, moving = [], set()
    while len(moving) < int(jobs or 4):
        lines.append(process.stdout.readline())
        event = checked(lines[-1])
        if event["type"] == "progress" and event["bytes"] > 0:
            moving.add(event["port"])
    process.send_signal(signal.SIGINT)
    begin = time.monotonic()
    output, _ = process.communicate(timeout=PATIENCE)
    assert time.monotonic() - begin < 3
    found = events("".join(lines) + output)
    results = [event for event in found if event["type"] == "device_result"]
    assert [event["exit_code"] for event in results] == [130] * 4
    assert found[-1]["exit_code"] == process.returncode == 130
    assert not list(tray.folder.glob("*.log")) and not list(tray.folder.glob(".*"))
    # The transfers were ended on the devices.
    told = [event for event in tray.stop() if event["type"] == "device_transfer"]
    assert [event["status"] for event in told] == ["CANCELLED"] * int(jobs or 4)
    assert {event["device"] for event in told} == moving


@pytest.mark.parametrize(
    ("arguments", "ports", "code"),
    [
        (["read", "3", "-o", "one.bin"], GOOD, "same_output"),
        (["read", "3", "-o", "{serial}.bin"], GOOD, "serial_unknown"),
        (["read", "3"], GOOD, "usage"),
        (["read", "3", "-o", "-"], GOOD, "usage"),
        (["write", "2", "-"], GOOD, "stream_for_several"),
        (["write", "2", "firmware.bin"], ["good-1", "./good-1"], "device_named_twice"),
        (["write", "2", "firmware.bin", "--jobs", "0"], GOOD, "usage"),
        (["ls"], GOOD, "usage"),
    ],
)
def test_refused_before_anything_is_touched(make_tray, arguments, ports, code):
    tray = make_tray(8)
    done = tray.run(*arguments, "--json", ports=ports)
    told = done.stdout or done.stderr
    result = events(told)[-1]
    assert (done.returncode, result["error"]["code"]) == (64, code)
    assert not [event for event in tray.stop() if event["type"] == "device_transfer"]


def test_environment_names_several(make_tray):
    tray = make_tray(8)
    done = subprocess.run(
        [PROGRAM, "write", "2", "firmware.bin", "--json"], cwd=tray.folder, check=True, stdout=subprocess.PIPE,
        env=environment(PWTRANSFER_PORT="good-1,good-3"), text=True, timeout=PATIENCE,
    )  # fmt: skip
    results = [event for event in events(done.stdout) if event["type"] == "device_result"]
    assert {event["port"] for event in results} == {"good-1", "good-3"}


def test_example_script(tmp_path):
    path = f"{PROGRAM.parent}:{os.environ['PATH']}"
    done = subprocess.run(
        [EXAMPLES / "try-program-tray.sh"], cwd=tmp_path, env=environment(PATH=path), timeout=PATIENCE,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, check=False,
    )  # fmt: skip
    assert (done.returncode, done.stdout.splitlines()[-1]) == (0, "as expected"), done.stdout + done.stderr


@pytest.mark.parametrize("width", [60, 120])
def test_screens(make_tray, make_terminal, width):
    make_tray(
        4,
        '[defaults]\nlink = "{name}"\nmin-delay = "0"\nbaud = 115200\nresource = ["3=log.bin"]\n'
        '[[device]]\ncount = 2\nname = "good"\n'
        '[[device]]\nname = "refusing"\nfault = "device:refuse=DATA_LOSS"\n'
        '[[device]]\nname = "preparing"\nprepare-delay = "30s"\n',
    )
    terminal = make_terminal(width)
    terminal.type("O='--port good-1 --port good-2 --port refusing --port preparing'; clear", "Enter")
    terminal.wait(r"^\$$")
    terminal.type("pwtransfer read 3 -o {port}.log $O --deadline 7s", "Enter")
    moving = terminal.wait(r"^good-2 .* [1-4]\d %")
    bars = [line for line in moving.splitlines() if line.startswith("good-")]
    assert len(bars) == 2 and all(len(line) < width for line in bars)
    screen = re.sub(r"\[bar of \d+\]", "[bar]", screen_shape(moving)).replace("CLOCK left", "CLOCK")
    golden(f"tray-bars-{width}.txt", re.sub(r"\(\d+ s\)", "(N s)", screen))


def test_final_screen(make_tray, make_terminal):
    make_tray(8)
    terminal = make_terminal(120)
    terminal.type("O='--port good-1 --port good-2 --port refusing'; clear", "Enter")
    terminal.wait(r"^\$$")
    terminal.type("clear; pwtransfer read 3 -o {port}.log $O --baud 921600", "Enter")
    screen = terminal.wait(r"--port refusing\n\$$")
    # No bar is left over, and the lines of the devices stand in the order in which they ended.
    lines = screen_shape(screen).splitlines()
    assert sum(line.startswith("good-") for line in lines) == 4
    table = "\n".join(lines[next(index for index, line in enumerate(lines) if line.startswith("PORT ")) :])
    golden("tray-final.txt", re.sub(r" +(SIZE|TIME)", r" \1", table) + "\n")
