"""The fixtures of these tests: the built programs, a running simulated device, and our codecs, which take lines of
text.
"""

import os
import pathlib
import subprocess
from collections.abc import Callable, Iterator

import pytest

from simulated_device import SimulatedDevice

ROOT = pathlib.Path(__file__).resolve().parents[2]
BINARIES = pathlib.Path(os.environ.get("PWTRANSFER_BINARIES", ROOT / ".build" / "release")).resolve()


def program(name: str) -> pathlib.Path:
    path = BINARIES / name
    if not path.is_file():
        pytest.fail(f"{path} is missing: run `swift build -c release` first", pytrace=False)
    return path


@pytest.fixture
def ask_codecs() -> Callable[[list[str]], list[str]]:
    """Sends commands to our codecs, all at once; see CodecPeer.swift."""

    def ask(commands: list[str]) -> list[str]:
        answers = subprocess.run(
            [program("CodecPeer")],
            input="".join(command + "\n" for command in commands),
            capture_output=True,
            text=True,
            check=True,
        ).stdout.splitlines()
        assert len(answers) == len(commands)
        return answers

    return ask


@pytest.fixture
def start_device(tmp_path: pathlib.Path) -> Iterator[Callable[..., SimulatedDevice]]:
    """Starts simulated devices with options of `pwtransfer simulate`; they end with the test.

    Resource 2 can be written, 3 read; both are files in the test's folder.
    """
    devices: list[SimulatedDevice] = []

    def start(*options: str) -> SimulatedDevice:
        device = SimulatedDevice(program("pwtransfer"), tmp_path, options)
        devices.append(device)
        return device

    yield start
    for device in devices:
        device.stop()
