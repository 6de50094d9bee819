"""The wheel of this project in the frameworks for which it has modules. Scripts/test-python installs all of them."""

import os
import pathlib
import re
import socket
import subprocess
import sys
import time

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
EXAMPLES = ROOT / "Documentation/examples"
# Longer than any wait of these tests, even on a very busy machine.
PATIENCE = 60
FIRMWARE = bytes(index * 31 % 253 for index in range(20_000))
os.environ["PATH"] = f"{pathlib.Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"


def run(*command, cwd: pathlib.Path, **variables: str) -> subprocess.CompletedProcess:
    """Runs a Python program to its end; returns output and errors together as text."""
    return subprocess.run(
        [sys.executable, *map(str, command)],
        cwd=cwd, env=os.environ | variables, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        text=True, timeout=PATIENCE * 2, check=False,
    )  # fmt: skip


def free_port() -> int:
    with socket.socket() as server:
        server.bind(("localhost", 0))
        return server.getsockname()[1]


def wait_for(condition, what: str) -> None:
    end = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < end, f"no {what}"
        time.sleep(0.05)


def listens(port: int) -> bool:
    """Whether somebody listens at the port. Does not connect, since ser2net would open its device."""
    local = re.compile(rf"^ *\d+: \S+:{port:04X} \S+ 0A ", re.MULTILINE)
    return any(local.search(pathlib.Path("/proc/net", name).read_text()) for name in ("tcp", "tcp6"))


@pytest.fixture
def start():
    """Starts programs that end with the test."""
    processes = []

    def start(*command, **options) -> subprocess.Popen:
        processes.append(subprocess.Popen([*map(str, command)], stdin=subprocess.DEVNULL, **options))
        return processes[-1]

    yield start
    for process in reversed(processes):
        process.terminate()
    for process in reversed(processes):
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


@pytest.fixture
def make_ser2net(start):
    """Starts ser2net before a device, as an exporter of labgrid does; returns its port."""

    def make(node: str, protocol: str) -> int:
        port = free_port()
        accepter = {"raw": "tcp", "rfc2217": "telnet(rfc2217,mode=server),tcp"}[protocol]
        lines = [
            f"connection: &con01#  accepter: {accepter},localhost,{port}",
            f"  connector: serialdev(nouucplock=true),{node},115200n81,local",
            "  options:",
            "    max-connections: 10",
        ]
        start("/usr/sbin/ser2net", "-d", "-n", *[word for line in lines for word in ("-Y", line)], stderr=subprocess.DEVNULL)
        wait_for(lambda: listens(port), "ser2net")
        return port

    return make
