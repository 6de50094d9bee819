"""Prose on a terminal that is narrower than it: broken at blanks, never in a word, and not at all where there is no terminal."""

import fcntl
import os
import pathlib
import pty
import struct
import subprocess
import termios

import pytest
from conftest import LINE, PATIENCE, PROGRAM, environment, run

WIDTHS = pytest.mark.parametrize("width", [80, 40])


def on_terminal(width: int, *arguments: str | pathlib.Path, cwd: pathlib.Path) -> list[str]:
    """The lines of a command on a terminal of this width."""
    master, slave = pty.openpty()
    fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 24, width, 0, 0))
    process = subprocess.Popen(
        [PROGRAM, *map(str, arguments)], stdin=slave, stdout=slave, stderr=slave, cwd=cwd,
        env=environment(TERM="dumb"),
    )  # fmt: skip
    os.close(slave)
    output = b""
    try:
        while part := os.read(master, 4096):
            output += part
    except OSError:
        # So the end of a terminal reads.
        pass
    os.close(master)
    process.wait(timeout=PATIENCE)
    return output.decode().replace("\r\n", "\n").splitlines()


def words(lines: list[str]) -> list[str]:
    return " ".join(lines).split()


def check(lines: list[str], width: int) -> None:
    """Nothing is wider than the terminal but one command or one word."""
    wide = [line for line in lines if len(line) > width]
    for line in wide:
        assert " " not in line.strip() or line.strip().startswith(("--", "-o ", "pwtransfer ")), line
    assert any(line.startswith(" ") for line in lines)


@WIDTHS
@pytest.mark.parametrize(
    "arguments",
    [
        ("read", "3", "--wait", "4"),
        ("read", "3", "--port", "usb:1"),
        ("doctor", "--port", "/no/such/port"),
        ("doctor", "/dev/null"),
        ("config", "show"),
        ("simulate", "--list-faults"),
    ],
)
def test_same_words_as_without_terminal(arguments, width, tmp_path):
    done = run(*arguments, cwd=tmp_path)
    lines = on_terminal(width, *arguments, cwd=tmp_path)
    check(lines, width)
    assert words(lines) == words((done.stdout + done.stderr).splitlines())
    assert max(map(len, (done.stdout + done.stderr).splitlines())) > max(map(len, lines))


@WIDTHS
def test_closing_line_with_losses(make_board, width, tmp_path):
    board = make_board(*LINE[:2], "--drop", "8%", "--corrupt", "5%", "--seed", "7")
    lines = on_terminal(width, "read", "3", "--port", board.port, "-o", "out.bin", "--progress", "none", cwd=tmp_path)
    check(lines, width)
    text = " ".join(words(lines))
    assert "read 64.0 KiB in " in text and "longest stall: " in text and "limited by " in text


@WIDTHS
def test_reason_in_the_table_of_a_tray(make_board, width, tmp_path):
    make_board()
    lines = on_terminal(
        width, "write", "7", "flash.bin", "--port", "board", "--port", "/no/such/port", "--progress", "none",
        cwd=tmp_path,
    )  # fmt: skip
    check(lines, width)
    table = lines[[line.startswith("PORT") for line in lines].index(True) :]
    assert "/no/such/port FAIL 69" in " ".join(words(table))
