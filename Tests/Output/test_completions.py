"""TAB in bash, zsh and fish, with names that a device or another user chose. No name is run as a command, and each is
completed unchanged.
"""

import pathlib
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator

import pytest
from conftest import PATIENCE, PROGRAM, ROOT, environment, run

sys.path.append(str(ROOT / "Tests/Package"))
from shells import Shell  # noqa: E402

SERIAL = "E6614103E7452D2F"
# Names that would make a file named OWNED, and names that would become several words.
HOSTILE = [
    "$(touch${IFS}OWNED)",
    "$(touch OWNED)",
    "`touch OWNED`",
    "a;touch OWNED;b",
    "a|touch OWNED&b",
    "'\"; touch OWNED; \"'",
    "\\$(touch OWNED)\\",
    "two  blanks * ? [a-z] ~ #",
    "${HOME} $PATH {a,b}",
    "<(touch OWNED)>OWNED",
    "=ls:r:colons",
    "größe",
]


@pytest.fixture
def start_shell(tmp_path: pathlib.Path) -> Iterator[Callable]:
    """Starts a shell in a folder; a board with a chosen serial number is plugged in."""
    scripts, folder = tmp_path / "scripts", tmp_path / "folder"
    scripts.mkdir()
    folder.mkdir()
    shells = []

    def start(name: str, serial: str = SERIAL) -> Shell:
        if not shutil.which(name):
            pytest.skip(f"{name} is not installed: run `Scripts/setup test`")
        board = (ROOT / "Tests/Umockdev/pico.umockdev").read_text()
        escaped = serial.replace("\\", "\\\\")
        (scripts / "board").write_text(board.replace(f"A: serial={SERIAL}", f"A: serial={escaped}"))
        wrapper = scripts / "pwtransfer"
        # Only the program may see the board, since fish does not work in umockdev.
        wrapper.write_text(f'#!/bin/sh\nexec umockdev-run -d {scripts}/board -- {PROGRAM} "$@"\n')
        wrapper.chmod(0o755)
        script = subprocess.run(
            [PROGRAM, "--generate-completion-script", name], check=True, capture_output=True, text=True,
            env=environment(), timeout=PATIENCE,
        ).stdout  # fmt: skip
        if name == "bash":
            script += (ROOT / "Packaging/pwtransfer.bash").read_text()
        (scripts / "_pwtransfer").write_text(script)
        first = f"fpath=({scripts} $fpath)" if name == "zsh" else f". {scripts}/_pwtransfer"
        path = environment(PATH=f"{scripts}:{environment()['PATH']}", HOME=str(tmp_path))
        shells.append(Shell(name, str(folder), first=first, **path))
        return shells[-1]

    yield start
    for shell in shells:
        shell.close()
    assert list(tmp_path.rglob("OWNED")) == []


@pytest.mark.parametrize("name", HOSTILE)
@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_names_of_files(start_shell, tmp_path, shell, name):
    # Anybody may make such a link in a folder of several users.
    (tmp_path / "folder" / f"x{name}").symlink_to("/dev/null")
    words = start_shell(shell).words("pwtransfer read 3 --port ./x")
    assert words == ["pwtransfer", "read", "3", "--port", f"./x{name}"]


@pytest.mark.parametrize("name", ["a\n$(touch OWNED)", "a\t$(touch OWNED)", "\x1b[31m$(touch OWNED)", "a\x7fb"])
@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_names_that_no_line_can_hold_are_left_out(start_shell, tmp_path, shell, name):
    (tmp_path / "folder" / f"x{name}").symlink_to("/dev/null")
    (tmp_path / "folder" / "xyz").symlink_to("/dev/null")
    words = start_shell(shell).words("pwtransfer read 3 --port ./x")
    assert words == ["pwtransfer", "read", "3", "--port", "./xyz"]


@pytest.mark.parametrize("serial", HOSTILE)
@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_serial_numbers(start_shell, shell, serial):
    words = start_shell(shell, serial).words("pwtransfer read 3 --port usb:2e8a:000a:")
    assert words == ["pwtransfer", "read", "3", "--port", f"usb:2e8a:000a:{serial}"]


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_earlier_commands_are_not_repeated(start_shell, tmp_path, shell):
    (tmp_path / "folder" / "x!!").symlink_to("/dev/null")
    words = start_shell(shell).words("pwtransfer read 3 --port ./x")
    # In zsh, no quotes that a script can give prevent that this recalls an earlier command.
    assert words[4] == ("./x" if shell == "zsh" else "./x!!")


@pytest.mark.parametrize(
    ("typed", "last"),
    [
        ("pwtransfer help wri", "write"),
        ("pwtransfer write 2 x --verify readb", "readback"),
        ("pwtransfer simulate --fault device:sile", "device:silent"),
    ],
)
@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_values(start_shell, shell, typed, last):
    assert start_shell(shell).words(typed)[-1] == last


@pytest.mark.parametrize(
    ("line", "offered"),
    [
        ("pwtransfer ", "simulate"), ("pwtransfer help si", "simulate"), ("pwtransfer read --po", "--port"),
        ("pwtransfer read 3 --port ./b", "./board"), ("pwtransfer read ", None),
    ],
)  # fmt: skip
def test_fish_asked_by_a_script(tmp_path, line, offered):
    if not shutil.which("fish"):
        pytest.skip("fish is not installed: run `Scripts/setup test`")
    (tmp_path / "board").symlink_to("/dev/null")
    script = run("--generate-completion-script", "fish").stdout
    done = subprocess.run(
        ["fish", "--no-config", "-c", f"{script}\ncomplete -C '{line}'"], cwd=tmp_path, capture_output=True, text=True,
        env=environment(PATH=f"{PROGRAM.parent}:{environment()['PATH']}", HOME=str(tmp_path)), timeout=PATIENCE,
        check=False,
    )  # fmt: skip
    assert done.stderr == ""
    assert offered is None or offered in [choice.split("\t")[0] for choice in done.stdout.splitlines()]
