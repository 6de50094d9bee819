"""The fixtures of these tests: the built program, a simulated device outside of the container, containers."""

import os
import pathlib
import random
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator

import pytest

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))
from machine import Machine  # noqa: E402

ROOT = HERE.parents[1]
BINARIES = pathlib.Path(os.environ.get("PWTRANSFER_BINARIES", ROOT / ".build" / "release")).resolve()
PROGRAM = BINARIES / "pwtransfer"
# Much longer than anything takes, so that a busy machine does not look like a failure.
PATIENCE = 120
needs_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root makes device nodes and changes users")

for number in (signal.SIGHUP, signal.SIGINT):
    if signal.getsignal(number) == signal.SIG_IGN:
        signal.signal(number, signal.SIG_DFL)


def environment() -> dict[str, str]:
    kept = {name: os.environ[name] for name in ("PATH", "LD_LIBRARY_PATH", "TMPDIR") if name in os.environ}
    # The folder that takes the place of /sys is on another file system.
    return kept | {"LC_ALL": "C.UTF-8", "SYSTEMD_DEVICE_VERIFY_SYSFS": "0"}


class Board:
    """A simulated device with resource 3 to read and resource 2 to write; `terminal` is its port."""

    def __init__(self, folder: pathlib.Path) -> None:
        folder.mkdir()
        self.content = random.randbytes(20_000)
        (folder / "source.bin").write_bytes(self.content)
        self.written = folder / "written.bin"
        self.log = open(folder / "board.log", "w")
        resources = ("--resource", f"3={folder}/source.bin", "--resource", f"2={self.written}:w")
        self.process = subprocess.Popen(
            [PROGRAM, "simulate", "--min-delay", "0", "--link", folder / "port", *resources],
            env=environment(), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=self.log, text=True)  # fmt: skip
        while (line := self.process.stdout.readline()) != "ready\n":
            assert line, (folder / "board.log").read_text()
        self.terminal = os.path.realpath(folder / "port")

    def close(self) -> None:
        self.process.kill()
        self.process.communicate()
        self.log.close()


class Container:
    """A container with a read-only root, with `/dev` and `/sys` of a machine, and with `home` as the working folder.

    `options` are options of bubblewrap. `/run` is empty, and there is no network.
    """

    # The root of this machine, unless another one is named. That one has the program installed.
    ROOT = os.environ.get("PWTRANSFER_CONTAINER_ROOT", "/")
    PROGRAM = PROGRAM if ROOT == "/" else "/usr/bin/pwtransfer"
    FOLDER = "/mnt"

    def __init__(self, machine: Machine, home: pathlib.Path, *options: str | pathlib.Path, user: int = 0) -> None:
        self.home = home
        # This user is not a member of any group that the node could have.
        become = ["setpriv", f"--reuid={user}", f"--regid={user}", "--clear-groups", "--"] if user else []
        self.command = [
            *become, "bwrap", "--unshare-all", "--die-with-parent", "--ro-bind", self.ROOT, "/", "--dev-bind", machine.dev, "/dev",
            "--ro-bind", machine.sys, "/sys", "--proc", "/proc", "--tmpfs", "/run", "--bind", home, self.FOLDER,
            "--chdir", self.FOLDER, *options]  # fmt: skip
        if (machine.dev / "pts").is_dir():
            self.command += ["--dev-bind", "/dev/pts", "/dev/pts"]

    def start(self, *arguments: str | pathlib.Path) -> subprocess.Popen:
        pipe = subprocess.PIPE
        return subprocess.Popen(
            [*self.command, self.PROGRAM, *arguments], env=environment(), stdin=subprocess.DEVNULL, stdout=pipe, stderr=pipe,
            text=True)  # fmt: skip

    def run(self, *arguments: str | pathlib.Path) -> subprocess.CompletedProcess:
        process = self.start(*arguments)
        try:
            output, errors = process.communicate(timeout=PATIENCE)
        finally:
            process.kill()
        return subprocess.CompletedProcess(process.args, process.returncode, output, errors)


@pytest.fixture
def folder() -> Iterator[pathlib.Path]:
    """A temporary folder that other users may enter, unlike pytest's."""
    with tempfile.TemporaryDirectory() as name:
        path = pathlib.Path(name)
        path.chmod(0o755)
        yield path


@pytest.fixture
def machine(folder: pathlib.Path) -> Machine:
    made = Machine(folder)
    # The terminals are mounted here.
    (made.dev / "pts").mkdir()
    return made


@pytest.fixture
def make_board(folder: pathlib.Path) -> Iterator[Callable[[], Board]]:
    boards = []

    def make() -> Board:
        boards.append(Board(folder / f"board-{len(boards)}"))
        return boards[-1]

    yield make
    for board in boards:
        board.close()


@pytest.fixture
def home(folder: pathlib.Path) -> pathlib.Path:
    path = folder / "home"
    path.mkdir()
    path.chmod(0o777)
    return path
