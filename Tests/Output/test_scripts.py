"""Documentation/examples/program-board.sh on simulated boards."""

import os
import pathlib
import shutil
import subprocess
from collections.abc import Callable, Iterator

import pytest
from conftest import PATIENCE, PROGRAM, ROOT, environment, start

FIRMWARE = bytes(index * 31 % 253 for index in range(40_000))
LOG = b"boot\n" * 1000


@pytest.fixture
def station(tmp_path: pathlib.Path) -> Iterator[Callable]:
    """A folder with the script, firmware, and a board with chosen faults. The second function runs the script."""
    shutil.copy(ROOT / "Documentation/examples/program-board.sh", tmp_path)
    (tmp_path / "firmware.bin").write_bytes(FIRMWARE)
    (tmp_path / "log.bin").write_bytes(LOG)
    boards = []

    def board(*options: str, flash: str = "flash.bin") -> None:
        arguments = ["--link", "board", "--resource", "2=flash.bin:w", "--resource", f"3={flash}", "--resource", "4=log.bin"]
        boards.append(start("simulate", *arguments, *options, cwd=tmp_path))
        while boards[-1].stdout.readline() != "ready\n":
            assert boards[-1].poll() is None, boards[-1].stderr.read()

    def program(firmware: str = "firmware.bin", log: str = "board.log") -> subprocess.CompletedProcess:
        path = f"{PROGRAM.parent}:{os.environ['PATH']}"
        return subprocess.run(
            ["./program-board.sh", "board", firmware, log], cwd=tmp_path, timeout=PATIENCE, check=False, text=True,
            env=environment(PATH=path, WAIT="500ms", PWTRANSFER_CHUNK_TIMEOUT="300ms", PWTRANSFER_START_TIMEOUT="300ms"),
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        )  # fmt: skip

    yield board, program
    for process in boards:
        process.terminate()
        process.communicate(timeout=PATIENCE)


def test_good_board(station, tmp_path):
    board, program = station
    board()
    done = program()
    assert (done.returncode, done.stdout, done.stderr) == (0, "PASS board\n", "")
    assert (tmp_path / "flash.bin").read_bytes() == FIRMWARE
    assert (tmp_path / "board.log").read_bytes() == LOG


def test_board_that_restarts_once(station, tmp_path):
    board, program = station
    board("--fault", "device:hang-up-at-offset=20000")
    done = program()
    assert (done.returncode, done.stdout) == (0, "again board: exit code 74 in attempt 1\nPASS board\n"), done.stderr
    assert (tmp_path / "flash.bin").read_bytes() == FIRMWARE


def test_board_with_bad_flash(station, tmp_path):
    board, program = station
    (tmp_path / "worn.bin").write_bytes(bytes([FIRMWARE[0] ^ 1]) + FIRMWARE[1:])
    board(flash="worn.bin")
    done = program()
    assert (done.returncode, done.stdout.splitlines()[-1]) == (1, "FAIL board: exit code 65, three times")
    assert "first at offset 0" in done.stderr
    assert not (tmp_path / "board.log").exists()


@pytest.mark.parametrize(
    ("fault", "end"),
    [
        ("device:refuse=DATA_LOSS", "FAIL board: exit code 76"),
        ("device:silent", "FAIL board: exit code 75, three times"),
    ],
)
def test_bad_board(station, fault, end):
    board, program = station
    board("--fault", fault)
    done = program()
    assert (done.returncode, done.stdout.splitlines()[-1]) == (1, end)
    assert '"message":"' in done.stderr and '"hint":"' in done.stderr


def test_no_board(station):
    _, program = station
    done = program()
    assert (done.returncode, done.stdout.splitlines()[-1]) == (1, "FAIL board: exit code 69, three times")
    assert "waited 0.50 s" in done.stderr


@pytest.mark.parametrize(("files", "code"), [({"firmware": "no.bin"}, 66), ({"log": "no/such/log"}, 73)])
def test_station_that_needs_care(station, files, code):
    board, program = station
    board()
    done = program(**files)
    assert (done.returncode, done.stdout) == (2, f"STOP: exit code {code}\n")


def test_station_with_a_wrong_resource(station):
    board, program = station
    board("--fault", "device:refuse=NOT_FOUND,resource=2")
    done = program()
    assert (done.returncode, done.stdout) == (2, "STOP: exit code 76\n")
