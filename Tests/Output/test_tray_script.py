"""The script of the guides that programs a tray: `Documentation/examples/program-tray.sh`."""

import os
import pathlib
import subprocess

from conftest import EXAMPLES, PATIENCE, PROGRAM, TWO_BOARDS, environment


def test_example_script(tmp_path):
    path = f"{PROGRAM.parent}:{os.environ['PATH']}"
    done = subprocess.run(
        [EXAMPLES / "try-program-tray.sh"], cwd=tmp_path, env=environment(PATH=path), timeout=PATIENCE,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, check=False,
    )  # fmt: skip
    assert (done.returncode, done.stdout.splitlines()[-1]) == (0, "as expected"), done.stdout + done.stderr


def program_tray(folder: pathlib.Path, *ports: str) -> subprocess.CompletedProcess:
    return subprocess.run(
        [EXAMPLES / "program-tray.sh", "firmware.bin", *ports], cwd=folder, timeout=PATIENCE, check=False, text=True,
        env=environment(PATH=f"{PROGRAM.parent}:{os.environ['PATH']}", TMPDIR=str(folder / "temporary")),
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    )  # fmt: skip


# These look like selectors of USB devices, whose serial numbers may be any text.
PRESENT = ["a board 0", 'with"quote', "back\\slash", "$(touch owned)", "*", '","verdict":"pass","device":9', "ünïcode"]
ABSENT = ["usb:2e8a:000a:X 0", 'serial:"0', "path:$(touch owned)", "serial: 9 0"]


def test_example_script_with_any_port(make_tray, tmp_path):
    (tmp_path / "temporary").mkdir()
    devices = "".join(
        f"[[device]]\nname = 'board-{number}'\nlink = '{link}'\nresource = ['2=flash-{number}:w']\n"
        for number, link in enumerate(PRESENT)
    )
    tray = make_tray(len(PRESENT), devices)
    before = sorted(tmp_path.iterdir())
    present = [f"./{link}" for link in PRESENT]
    ports = [port for pair in zip(present, ABSENT) for port in pair] + present[len(ABSENT) :]
    done = program_tray(tmp_path, *ports)
    wanted = [f"PASS {port}" if port in present else f"FAIL {port} (retry)" for port in ports]
    assert (done.returncode, done.stdout.splitlines()) == (1, wanted), done.stderr
    flashes = [tmp_path / f"flash-{number}" for number in range(len(PRESENT))]
    assert all(flash.read_bytes() == tray.content for flash in flashes)
    # Nothing remains here or in the folder of temporary files.
    assert sorted(tmp_path.iterdir()) == sorted(before + flashes)
    assert not list((tmp_path / "temporary").iterdir())
    for port in present:
        done = program_tray(tmp_path, port)
        assert (done.returncode, done.stdout) == (0, f"PASS {port}\n"), done.stderr
    for port in ABSENT:
        done = program_tray(tmp_path, port)
        assert (done.returncode, done.stdout) == (1, f"FAIL {port} (retry)\n"), done.stderr


def test_example_script_stops_where_no_board_can_pass(make_tray, tmp_path):
    (tmp_path / "temporary").mkdir()
    make_tray(2, TWO_BOARDS)
    for ports in (["board-1", "./board-1"], ["board-1", "no such:form"], []):
        done = program_tray(tmp_path, *ports)
        assert (done.returncode, done.stdout) == (2, ""), done.stderr
        assert done.stderr


def test_example_script_counts_results(tmp_path):
    """The program reports only one board, although there are two."""
    (tmp_path / "temporary").mkdir()
    (tmp_path / "pwtransfer").write_text(
        """#!/bin/sh\necho '{"type":"device_result","device":1,"verdict":"pass"}'\n"""
    )
    (tmp_path / "pwtransfer").chmod(0o755)
    done = subprocess.run(
        [EXAMPLES / "program-tray.sh", "firmware.bin", "one", "two"], timeout=PATIENCE, check=False, text=True,
        env=environment(PATH=f"{tmp_path}:{os.environ['PATH']}"), stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    )  # fmt: skip
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("STOP: 1 results for 2 boards")
