"""Documentation/examples/program-board.sh on simulated boards, and the ends of all example scripts."""

import os
import pathlib
import shutil
import signal
import subprocess
import time
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


BOARD = ROOT / "Documentation/examples/program-board.sh"
TRAY = ROOT / "Documentation/examples/try-program-tray.sh"
WITHOUT_BOARD = ROOT / "Packaging/examples/try-without-board"
# The simulated device is ready and goes on; any other command says that it has begun, and goes on.
ENDLESS = """
if [ "$1" = simulate ]; then printf 'device a port a\\nready\\n'; else : > "$BEGUN"; fi
exec sleep 60
"""


@pytest.fixture
def script(tmp_path: pathlib.Path) -> Iterator[Callable]:
    """Starts a script with a shell script in the place of the program; its temporary files are in `temporary`."""
    (tmp_path / "temporary").mkdir()
    (tmp_path / "bin").mkdir()
    processes = []

    def begin(path: pathlib.Path, program: str) -> subprocess.Popen:
        (tmp_path / "bin/pwtransfer").write_text(f"#!/bin/sh\n{program}")
        (tmp_path / "bin/pwtransfer").chmod(0o755)
        variables = {"TMPDIR": str(tmp_path / "temporary"), "BEGUN": str(tmp_path / "begun")}
        process = subprocess.Popen(
            [path, "a", "b", "c"], env=environment(PATH=f"{tmp_path}/bin:{os.environ['PATH']}", **variables),
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True,
        )  # fmt: skip
        processes.append(process)
        return process

    yield begin
    for process in processes:
        try:
            os.killpg(process.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
        process.communicate()


def test_result_is_shown_as_it_is(script):
    result = r'{"verdict":"station","hint":"choose one:\n    --port a\tb\\c"}'
    process = script(BOARD, f"cat <<'END'\n{result}\nEND\nexit 64\n")
    output, messages = process.communicate(timeout=PATIENCE)
    assert (process.returncode, output, messages) == (2, "STOP: exit code 64\n", result + "\n")


@pytest.mark.parametrize("path", [TRAY, WITHOUT_BOARD])
def test_simulation_that_does_not_start(script, tmp_path, path):
    process = script(path, '[ "$1" = simulate ] || sleep 0.5\nexit 69\n')
    output, _ = process.communicate(timeout=PATIENCE)
    assert (process.returncode != 0, output) == (True, "")
    assert not list((tmp_path / "temporary").iterdir())


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
@pytest.mark.parametrize("path", [BOARD, TRAY, WITHOUT_BOARD])
def test_signal_leaves_nothing(script, tmp_path, path, number):
    process = script(path, ENDLESS)
    end = time.monotonic() + PATIENCE
    while not (tmp_path / "begun").exists():
        assert time.monotonic() < end
        time.sleep(0.02)
    os.killpg(process.pid, number)
    process.communicate(timeout=PATIENCE)
    assert process.returncode == 2
    assert not list((tmp_path / "temporary").iterdir())
    with pytest.raises(ProcessLookupError):
        os.killpg(process.pid, 0)
