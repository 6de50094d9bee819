"""The texts for people, compared with those in Golden: help, plain progress, closing report, error messages."""

import json
import re
import signal
import subprocess

import pytest
from conftest import BAUD, LINE, ROOT, TEN_CHUNKS, golden, run, shape, start


def commands(command: dict, path: tuple[str, ...] = ()) -> list[tuple[str, ...]]:
    """The words that lead to each command, as the program itself describes them."""
    below = [sub for sub in command.get("subcommands", []) if sub["commandName"] != "help"]
    return [path] + [found for sub in below for found in commands(sub, (*path, sub["commandName"]))]


COMMANDS = commands(json.loads(run("--experimental-dump-help").stdout)["command"])


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_help(command):
    done = run(*command, "--help")
    assert (done.returncode, done.stderr) == (0, "")
    golden(f"help-{'-'.join(command) or 'pwtransfer'}.txt", done.stdout)


@pytest.mark.parametrize("command", [("read",), ("write",)], ids=" ".join)
def test_complete_help(command):
    done = run(*command, "--help-all")
    assert (done.returncode, done.stderr) == (0, "")
    golden(f"help-all-{'-'.join(command)}.txt", done.stdout)
    options = re.findall(r"^  (?:-., )?(--[a-z-]+)", done.stdout, re.MULTILINE)
    everyday = re.findall(r"^  (?:-., )?(--[a-z-]+)", run(*command, "--help").stdout, re.MULTILINE)
    assert set(everyday) < set(options)


def readme_table(heading: str) -> str:
    """The first column of the table below a heading of the README."""
    section = (ROOT / "README.md").read_text().partition(f"\n## {heading}\n")[2].partition("\n## ")[0]
    return "\n".join(re.findall(r"^\| (.*?) \|", section, re.MULTILINE))


def test_the_readme_has_every_command():
    groups = {command[:-1] for command in COMMANDS if command}
    commands = {" ".join(command) for command in COMMANDS if command not in groups}
    assert set(re.findall(r"`([a-z]+(?: [a-z]+)*)", readme_table("Commands"))) == commands


def test_all_lists_of_ports_have_the_same_forms():
    def forms(text: str) -> set[str]:
        return set(re.findall(r"\b([a-z][a-z0-9]*):(?://)?[A-Z]", text))

    known = forms(run("read", "3", "-o", "x", "--port", "unknown:").stderr)
    assert forms(readme_table("Ports and defaults")) == known, "README.md beside PortSelector.forms"
    of_option = run("read", "--help").stdout.partition("\n  --port <port>")[2].partition("\n  --")[0]
    assert forms(of_option) == known, "the help of --port beside PortSelector.forms"


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["read", "--wait", "4"], "--wait=4"),
        (["ls", "--wait", "5s"], "--wait=5s"),
        (["read", "3", "--reconnect", "5s", "-o", "x"], "--reconnect=5s"),
        (["read", "--trace", "frames", "3"], "--trace=frames"),
        (["write", "in.bin", "2"], "pwtransfer write 2 in.bin"),
        (["write", "./in.bin", "2"], "the resource comes before it"),
        (["read", "3", "--port", "ttyUSB0", "-o", "x"], "did you mean /dev/ttyUSB0?"),
    ],
)
def test_what_was_meant(tmp_path, arguments, words):
    (tmp_path / "in.bin").write_bytes(b"x")
    done = run(*arguments, cwd=tmp_path)
    assert (done.returncode, done.stdout) == (64, "")
    assert words in done.stderr


def without_folder(text: str, folder) -> str:
    return text.replace(str(folder), "FOLDER")


def test_plain_progress(make_board, tmp_path):
    board = make_board(*LINE, size=TEN_CHUNKS)
    done = run("read", "3", "--port", board.port, "-o", tmp_path / "out.bin", *BAUD)
    assert "\r" not in done.stderr and "\x1b" not in done.stderr
    text = re.sub(r"(?m)^\d+ %", "N %", shape(done.stderr))
    golden("plain-read.txt", "".join(dict.fromkeys(text.splitlines(keepends=True))))
    tenths = [int(line.split()[0]) // 10 for line in done.stderr.splitlines()[:-1]]
    # In the first half second, nothing is reported.
    assert tenths[0] in (1, 2) and tenths == list(range(tenths[0], 10))


def test_unknown_total(make_board, tmp_path):
    board = make_board(*LINE, "--unknown-size", size=11_000)
    done = run("read", "3", "--port", board.port, "-o", tmp_path / "out.bin", *BAUD)
    golden("plain-unknown.txt", shape(done.stderr))


def test_preparing(make_board, tmp_path):
    """There is a line every five seconds while the device erases, and at the end the time of that."""
    (tmp_path / "in.bin").write_bytes(b"x" * 1000)
    board = make_board(*LINE, "--prepare-delay", "5500ms")
    done = run("write", "2", tmp_path / "in.bin", "--port", board.port, *BAUD, "--start-timeout", "20s")
    text = shape(done.stderr)
    golden("plain-preparing.txt", re.sub(r"(?m)^\d+ %.*\n", "", text))


def test_verbose(make_board, tmp_path):
    (tmp_path / "in.bin").write_bytes(b"x" * 1000)
    board = make_board(*LINE)
    done = run("write", "2", tmp_path / "in.bin", "--port", board.port, *BAUD, "-v")
    logged = [line for line in shape(done.stderr).splitlines(keepends=True) if line.startswith("TIME: ")]
    golden("verbose.txt", without_folder("".join(logged), tmp_path))


def test_progress_styles(make_board, tmp_path):
    board = make_board(*LINE, size=TEN_CHUNKS)
    arguments = ["read", "3", "--port", board.port, "-o", tmp_path / "out.bin", *BAUD, "--progress"]
    assert run(*arguments, "none").stderr.count("\n") == 1
    assert run(*arguments, "plain").stderr.count("\n") in (9, 10)
    # TERM is not set, so no terminal could show a bar.
    assert "\r" not in run(*arguments, "bar").stderr


def test_colors():
    assert "\x1b[1;31mpwtransfer:" in run("write", "2", "/no/such", "--color", "always").stderr
    assert "\x1b" not in run("write", "2", "/no/such", "--color", "never").stderr
    assert "\x1b" not in run("write", "2", "/no/such").stderr


@pytest.mark.parametrize(
    ("name", "arguments"),
    [
        ("no-resource", ["read", "99", "--port", "PORT", "-o", "out.bin"]),
        ("wrong-direction", ["write", "3", "in.bin", "--port", "PORT"]),
        ("no-port", ["read", "3", "--port", "/dev/no-such-port", "-o", "out.bin"]),
        ("no-input", ["write", "2", "no-such-file", "--port", "PORT"]),
        ("no-folder", ["read", "3", "--port", "PORT", "-o", "no/such/folder"]),
        ("mistyped-command", ["reed", "3"]),
        ("mistyped-option", ["read", "3", "--deadlin", "3"]),
        ("mistyped-number", ["read", "three"]),
        ("deadline", ["read", "3", "--port", "PORT", "-o", "out.bin", "--deadline", "1us"]),
    ],
)
def test_errors(make_board, tmp_path, name, arguments):
    board = make_board()
    (tmp_path / "in.bin").write_bytes(b"x")
    done = run(*[str(board.port) if part == "PORT" else part for part in arguments], cwd=tmp_path)
    assert done.stdout == ""
    text = f"$ pwtransfer {' '.join(arguments)}\n{done.stderr}exit code {done.returncode}\n"
    golden(f"error-{name}.txt", without_folder(text, tmp_path))


def test_write_from_a_pipe_that_is_slow_and_of_unknown_length(make_board, tmp_path):
    board = make_board("--min-delay", "0")
    process = start("write", "2", "-", "--port", board.port, stdin=subprocess.PIPE)
    for part in ("first ", "second ", "third"):
        process.stdin.write(part)
        process.stdin.flush()
    _, errors = process.communicate()
    assert process.returncode == 0, errors
    assert (tmp_path / "written.bin").read_bytes() == b"first second third"


def test_read_into_a_pipe_whose_reader_leaves(make_board):
    board = make_board(*LINE, size=262_144)
    with subprocess.Popen(["head", "--bytes=1000"], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as head:
        process = start("read", "3", "--port", board.port, "-q", stdout=head.stdin)
        head.stdin.close()
        assert head.stdout.read() == board.content[:1000]
    _, errors = process.communicate()
    assert process.returncode == 73
    assert "cannot write standard output: Broken pipe" in errors
    assert "try:" in errors


def test_stopped_while_it_waits_for_the_pipe(make_board):
    board = make_board("--min-delay", "0")
    process = start("write", "2", "-", "--port", board.port, "-v", stdin=subprocess.PIPE)
    while "opened " not in process.stderr.readline():
        pass
    process.send_signal(signal.SIGINT)
    process.wait(timeout=30)
    assert process.returncode == -signal.SIGINT
