"""The fixtures of these tests: the built program, a simulated device, servers of its serial port."""

import os
import pathlib
import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator

import pytest

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parents[1]
BINARIES = pathlib.Path(os.environ.get("PWTRANSFER_BINARIES", ROOT / ".build" / "release")).resolve()
PROGRAM = BINARIES / "pwtransfer"
# Much longer than anything takes, so that a busy machine does not look like a failure.
PATIENCE = 120
SIZE = 1 << 20

for number in (signal.SIGHUP, signal.SIGINT):
    if signal.getsignal(number) == signal.SIG_IGN:
        signal.signal(number, signal.SIG_DFL)


def environment() -> dict[str, str]:
    kept = {name: os.environ[name] for name in ("PATH", "LD_LIBRARY_PATH", "TMPDIR") if name in os.environ}
    return kept | {"LC_ALL": "C.UTF-8"}


def start(*arguments: str | pathlib.Path, **options) -> subprocess.Popen:
    """Starts the program; its output and errors are pipes of text."""
    options = {"stdin": subprocess.DEVNULL, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE} | options
    return subprocess.Popen([PROGRAM, *map(str, arguments)], text=True, env=environment(), **options)


def run(*arguments: str | pathlib.Path, **options) -> subprocess.CompletedProcess:
    """Runs the program to its end; returns output and errors as text."""
    process = start(*arguments, **options)
    try:
        output, errors = process.communicate(timeout=PATIENCE)
    finally:
        process.kill()
    return subprocess.CompletedProcess(process.args, process.returncode, output, errors)


def wait_until(condition: Callable[[], object], what: str) -> None:
    end = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < end, f"{what} did not happen"
        time.sleep(0.01)


def loopback_host() -> str:
    """An address of this machine that nobody else uses at the moment."""
    return f"127.{random.randint(1, 254)}.{random.randint(0, 254)}.{random.randint(1, 254)}"


def is_listening(host: str, port: int) -> bool:
    address = "".join(f"{int(part):02X}" for part in reversed(host.split("."))) + f":{port:04X}"
    listening = "0A"
    lines = pathlib.Path("/proc/net/tcp").read_text().splitlines()[1:]
    return any(line.split()[1] == address and line.split()[3] == listening for line in lines)


class Board:
    """A simulated device with resource 3 to read, half of which is 0xff, and resource 2 to write."""

    def __init__(self, folder: pathlib.Path, *options: str) -> None:
        self.port = folder / "board"
        self.content = random.randbytes(SIZE // 2) + b"\xff" * (SIZE // 2)
        self.source = folder / "source.bin"
        self.source.write_bytes(self.content)
        self.written = folder / "written.bin"
        self.log = open(folder / "board.log", "w")
        resources = ("--resource", f"3={self.source}", "--resource", f"2={self.written}:w")
        endpoint = () if "--listen" in options else ("--link", self.port)
        self.process = start("simulate", *endpoint, *resources, *options, stderr=self.log)
        self.lines = []
        while not self.lines or self.lines[-1] != "ready\n":
            self.lines.append(self.process.stdout.readline())
            assert self.lines[-1], (folder / "board.log").read_text()

    def close(self) -> None:
        self.process.kill()
        self.process.communicate()
        self.log.close()


class Server:
    """A program that serves a serial port on an address of its own."""

    PORT = 4000

    def __init__(self, folder: pathlib.Path, node: pathlib.Path, kind: str) -> None:
        self.folder, self.node, self.kind = folder, node, kind
        self.host = loopback_host()
        self.address = f"{self.host}:{self.PORT}"
        self.line_log = folder / "line.log"
        self.output = open(folder / f"{kind}.log", "a")
        self.start()

    @property
    def port(self) -> str:
        return {"raw": f"tcp:{self.address}", "telnet": f"telnet://{self.address}"}.get(self.kind, f"rfc2217://{self.address}")

    def command(self) -> list[str | pathlib.Path]:
        accepters = {"raw": "tcp", "telnet": "telnet,tcp", "rfc2217": "telnet(rfc2217,mode=server),tcp"}
        if self.kind not in accepters:
            return [sys.executable, HERE / "far_port.py", self.kind, self.node, self.address, self.line_log]
        (self.folder / "ser2net.yaml").write_text(
            f"connection: &board\n  accepter: {accepters[self.kind]},{self.host},{self.PORT}\n"
            f"  connector: serialdev,{self.node},9600n81,local\n"
        )
        return ["/usr/sbin/ser2net", "-n", "-d", "-u", "-c", self.folder / "ser2net.yaml"]

    def start(self) -> None:
        command = self.command()
        self.process = subprocess.Popen(command, env=environment(), stdin=subprocess.DEVNULL, stdout=self.output, stderr=self.output)
        wait_until(lambda: is_listening(self.host, self.PORT) or self.process.poll() is not None, "the start of a server")
        assert self.process.poll() is None, (self.folder / f"{self.kind}.log").read_text()

    def stop(self) -> None:
        self.process.kill()
        self.process.wait()

    def close(self) -> None:
        self.stop()
        self.output.close()

    def line_events(self) -> list[str]:
        """The settings that arrived at the far port."""
        return self.line_log.read_text().splitlines()


@pytest.fixture
def make_board(tmp_path: pathlib.Path) -> Iterator[Callable[..., Board]]:
    boards = []

    def make(*options: str) -> Board:
        boards.append(Board(tmp_path, *options))
        return boards[-1]

    yield make
    for board in boards:
        board.close()


@pytest.fixture
def make_server(tmp_path: pathlib.Path) -> Iterator[Callable[..., Server]]:
    servers = []

    def make(node: pathlib.Path, kind: str) -> Server:
        servers.append(Server(tmp_path, node, kind))
        return servers[-1]

    yield make
    for server in servers:
        server.close()
