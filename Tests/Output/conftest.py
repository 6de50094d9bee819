"""The fixtures of these tests: the built program, a simulated device, golden files, the schema of events."""

import difflib
import json
import os
import pathlib
import re
import signal
import subprocess
import time
import uuid
from collections.abc import Iterator

import jsonschema
import pytest

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parents[1]
BINARIES = pathlib.Path(os.environ.get("PWTRANSFER_BINARIES", ROOT / ".build" / "release")).resolve()
PROGRAM = BINARIES / "pwtransfer"
if not PROGRAM.is_file():
    pytest.exit(f"{PROGRAM} is missing: run `swift build -c release`, or say PWTRANSFER_BINARIES=.build/debug", 1)
VALIDATOR = jsonschema.Draft202012Validator(json.loads((ROOT / "Documentation/events.schema.json").read_text()))
EXAMPLES = ROOT / "Documentation/examples"
PATIENCE = 30
# Programs that these tests start must not ignore these signals just because the tests were started by `nohup` or in
# the background of a shell.
for number in (signal.SIGHUP, signal.SIGINT):
    if signal.getsignal(number) == signal.SIG_IGN:
        signal.signal(number, signal.SIG_DFL)
# On this line, a chunk takes a quarter of a second, and its loss is noticed after three of these. So nothing is
# repeated, however busy the machine is, and the line limits the transfer.
BAUD = ("--baud", "19200")
LINE = ("--min-delay", "0", *BAUD)
# This many bytes are ten chunks.
TEN_CHUNKS = 4480
# The scenario of a tray of two devices.
TWO_BOARDS = (
    '[defaults]\nlink = "{name}"\nresource = ["2={name}.flash:rw", "3=log.bin"]\n'
    '[[device]]\ncount = 2\nname = "board"\n'
)


def environment(**variables: str) -> dict[str, str]:
    kept = {name: os.environ[name] for name in ("PATH", "LD_LIBRARY_PATH", "TMPDIR") if name in os.environ}
    return kept | {"LC_ALL": "C.UTF-8"} | variables


def run(*arguments: str | pathlib.Path, **options) -> subprocess.CompletedProcess:
    """Runs the program to its end; returns output and errors as text."""
    pipe = subprocess.PIPE
    options = {"stdin": subprocess.DEVNULL, "stdout": pipe, "stderr": pipe, "text": True} | options
    command = [PROGRAM, *map(str, arguments)]
    return subprocess.run(command, env=environment(), timeout=PATIENCE, check=False, **options)


def start(*arguments: str | pathlib.Path, **options) -> subprocess.Popen:
    """Starts the program; its output and errors are pipes of text."""
    options = {"stdin": subprocess.DEVNULL, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE} | options
    return subprocess.Popen([PROGRAM, *map(str, arguments)], text=True, env=environment(), **options)


def checked(line: str) -> dict:
    """The event of a line, after a check against the schema."""
    event = json.loads(line)
    VALIDATOR.validate(event)
    return event


def events(text: str) -> list[dict]:
    """All events of a run. Checks that there is nothing else, that `start` is the first, and that `result` is only
    the last.
    """
    found = [checked(line) for line in text.splitlines()]
    assert found[0]["type"] == "start"
    assert [event["type"] for event in found].index("result") == len(found) - 1
    return found


def golden(name: str, text: str) -> None:
    """Compares a text with the recorded one. With PWTRANSFER_RECORD in the environment, records it."""
    path = HERE / "Golden" / name
    if "PWTRANSFER_RECORD" in os.environ:
        path.write_text(text)
    recorded = path.read_text() if path.exists() else ""
    difference = difflib.unified_diff(recorded.splitlines(), text.splitlines(), "recorded", "now", lineterm="")
    changes = "\n".join(difference)
    if changes:
        test = os.environ["PYTEST_CURRENT_TEST"].rpartition(" ")[0]
        pytest.fail(
            f"{path.relative_to(ROOT)} has other lines. If the change is meant, record it with\n"
            f"PWTRANSFER_RECORD=1 .build-python/bin/python -m pytest '{HERE.relative_to(ROOT)}/{test}'\n"
            f"and look at the difference.\n{changes}",
            pytrace=False,
        )


def shape(text: str) -> str:
    """The text, in which numbers and units that depend on the time are replaced. Losses and the bottleneck stay,
    since the line is so slow that even a busy machine is never late: see LINE.
    """
    text = re.sub(r"\d+(\.\d+)? (bytes|byte|KiB|MiB)", "SIZE", text)
    text = re.sub(r"\d+:\d\d", "CLOCK", text)
    text = re.sub(r"\d+\.\d\d s|\d+ min \d\d s", "TIME", text)
    return re.sub(r"\(process \d+\)", "(process N)", text)


def screen_shape(screen: str) -> str:
    """The screen, in which parts that depend on the time are replaced or left out."""
    screen = re.sub(r"\[(=*>)? *\]", lambda match: f"[bar of {len(match[0])}]", screen)
    return re.sub(r" +\d+ %", " N %", shape(screen))


class Terminal:
    """A shell in its own tmux."""

    def __init__(self, folder: pathlib.Path, width: int, **variables: str) -> None:
        self._socket = f"pwtransfer-{uuid.uuid4().hex}"
        self._environment = environment(PS1="$ ", TMPDIR=str(folder), **variables)
        shell = ["env", f"PATH={PROGRAM.parent}:{self._environment['PATH']}"]
        shell += [f"{name}={value}" for name, value in variables.items()] + ["bash", "--norc", "--noprofile"]
        self.tmux(
            "-f", "/dev/null", "new-session", "-d", "-x", str(width), "-y", "12", "-c", str(folder),
            "-e", "PS1=$ ", *shell,
        )  # fmt: skip
        self.wait(r"^\$")

    def tmux(self, *arguments: str) -> str:
        return subprocess.run(
            ["tmux", "-L", self._socket, *arguments], env=self._environment, check=True, capture_output=True,
            text=True, timeout=PATIENCE,
        ).stdout  # fmt: skip

    def screen(self) -> str:
        # Wrapped lines are joined (-J).
        lines = [line.rstrip() for line in self.tmux("capture-pane", "-p", "-J").splitlines()]
        return "\n".join(lines).rstrip("\n") + "\n"

    def wait(self, pattern: str) -> str:
        """Waits for this pattern; returns the first screen that shows it."""
        end = time.monotonic() + PATIENCE
        while not re.search(pattern, screen := self.screen(), re.MULTILINE):
            assert time.monotonic() < end, f"no {pattern!r} on the screen:\n{screen}"
            time.sleep(0.02)
        return screen

    def type(self, *keys: str) -> None:
        self.tmux("send-keys", *keys)

    def close(self) -> None:
        subprocess.run(
            ["tmux", "-L", self._socket, "kill-server"], env=self._environment, check=False, capture_output=True
        )


class Board:
    """A simulated device with resource 3 to read and resource 2 to write."""

    def __init__(self, folder: pathlib.Path, *options: str, size: int = 65536) -> None:
        self.folder = folder
        self.port = folder / "board"
        self.content = bytes(index * 7 % 251 for index in range(size))
        (folder / "flash.bin").write_bytes(self.content)
        self.process = start(
            "simulate", "--json", "--link", self.port, "--resource", f"3={folder}/flash.bin",
            "--resource", f"2={folder}/written.bin:w", *options,
        )  # fmt: skip
        self.lines = []
        while not self.lines or json.loads(self.lines[-1])["type"] != "device_ready":
            self.lines.append(self.process.stdout.readline())

    def stop(self) -> str:
        """Ends the device; returns everything that it printed."""
        if self.process.poll() is None:
            self.process.terminate()
        output, _ = self.process.communicate(timeout=PATIENCE)
        return "".join(self.lines) + output


class Tray:
    """The devices of a scenario, and the folder of their links and files."""

    def __init__(self, folder: pathlib.Path, scenario: pathlib.Path, count: int) -> None:
        self.folder = folder
        self.content = os.urandom(65536)
        for name in ("firmware.bin", "log.bin"):
            (folder / name).write_bytes(self.content)
        self.process = start("simulate", "--scenario", scenario, "--json", cwd=folder)
        self.lines = [self.process.stdout.readline()]
        assert checked(self.lines[0])["type"] == "start"
        for _ in range(count):
            self.lines.append(self.process.stdout.readline())
            assert checked(self.lines[-1])["type"] == "device_ready"

    def stop(self) -> list[dict]:
        """Ends the devices; returns the events that they reported."""
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
def make_board(tmp_path: pathlib.Path) -> Iterator:
    boards = []

    def make(*options: str, size: int = 65536) -> Board:
        boards.append(Board(tmp_path, *options, size=size))
        return boards[-1]

    yield make
    for board in boards:
        board.stop()


@pytest.fixture
def make_tray(tmp_path: pathlib.Path) -> Iterator:
    trays = []

    def make(count: int, scenario: str | None = None) -> Tray:
        path = EXAMPLES / "tray.toml"
        if scenario is not None:
            path = tmp_path / "scenario.toml"
            path.write_text(scenario)
        trays.append(Tray(tmp_path, path, count))
        return trays[-1]

    yield make
    for tray in trays:
        tray.stop()


@pytest.fixture
def make_terminal(tmp_path) -> Iterator:
    terminals = []

    def make(width: int, **variables: str) -> Terminal:
        terminals.append(Terminal(tmp_path, width, **variables))
        return terminals[-1]

    yield make
    for terminal in terminals:
        terminal.close()
