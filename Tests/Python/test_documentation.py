"""The statements of Documentation/python.md and the examples are true."""

import re
import subprocess
import sys

import pytest
from conftest import PATIENCE, ROOT

from pwtransfer import simulation, transfer

GUIDE = (ROOT / "Documentation/python.md").read_text()
BLOCKS = re.findall(r"^```python\n(.*?)^```", GUIDE, re.DOTALL | re.MULTILINE)
EXAMPLES = ROOT / "Documentation/examples"


@pytest.mark.parametrize("block", BLOCKS)
def test_examples_run_as_they_stand(block, tmp_path):
    """Only the names of the ports are replaced."""
    (tmp_path / "firmware.bin").write_bytes(b"firmware" * 1000)
    (tmp_path / "flash.bin").write_bytes(b"boot\n")
    resources = {2: tmp_path / "flash.bin", 3: tmp_path / "flash.bin"}
    with simulation.Device(resources) as first, simulation.Device({2: b""}) as second:
        program = block.replace("/dev/ttyACM0", first.port).replace("/dev/ttyACM1", second.port)
        name = "test_example.py" if "def test_" in block else "example.py"
        (tmp_path / name).write_text(program)
        command = ["-m", "pytest", "-p", "pwtransfer.pytest_plugin", "--strict-markers"] if "test_" in name else []
        done = subprocess.run(
            [sys.executable, *command, name], cwd=tmp_path, capture_output=True, text=True, timeout=PATIENCE, check=False
        )
    assert (done.returncode, done.stderr) == (0, "")
    assert "Failed" not in done.stdout


def test_the_first_example_fails_as_it_says(tmp_path):
    with simulation.Device({2: b""}) as device:
        program = BLOCKS[0].replace("/dev/ttyACM0", device.port)
        done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=PATIENCE, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (0, "Failed: NOT_FOUND\n", "")


def test_the_table_of_exceptions():
    rows = re.findall(r"^\| `(\w+)` \| ([\d, ]+) \|", GUIDE, re.MULTILINE)
    classes = {kind.__name__: kind.exit_codes for kind in transfer.Error.__subclasses__()}
    assert {name: tuple(map(int, codes.split(","))) for name, codes in rows} == classes


def program_board(device, tmp_path) -> subprocess.CompletedProcess:
    (tmp_path / "firmware.bin").write_bytes(b"firmware" * 1000)
    return subprocess.run(
        [sys.executable, EXAMPLES / "program-board.py", device.port, "firmware.bin", "board.log"],
        cwd=tmp_path, capture_output=True, text=True, timeout=PATIENCE, check=False,
    )  # fmt: skip


def test_program_board(tmp_path):
    flash = tmp_path / "flash.bin"
    flash.touch()
    with simulation.Device({2: flash, 3: flash, 4: b"boot\n"}) as device:
        done = program_board(device, tmp_path)
    assert (done.returncode, done.stdout) == (0, f"PASS {device.port}\n")
    assert "done: 8000 of 8000 bytes" in done.stderr
    assert flash.read_bytes() == b"firmware" * 1000
    assert (tmp_path / "board.log").read_bytes() == b"boot\n"


def test_program_board_that_fails(tmp_path):
    # The readback differs from what was written, three times.
    with simulation.Device({2: b"", 3: b"something else", 4: b"boot\n"}) as device:
        done = program_board(device, tmp_path)
    assert (done.returncode, done.stdout.count("again"), done.stdout.count("FAIL")) == (1, 3, 1)
    # There is no resource 2: every board would fail.
    with simulation.Device({3: b"", 4: b"boot\n"}) as device:
        done = program_board(device, tmp_path)
    assert done.returncode == 2
    assert done.stdout.startswith(f"STOP {device.port}: ")
    assert "NOT_FOUND" in done.stdout
