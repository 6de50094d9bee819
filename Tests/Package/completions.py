#!/usr/bin/env python3
"""Presses TAB in bash, zsh and fish, in a root in which it first installs /tmp/pwtransfer.deb: completions.py ROOT

A mocked board (umockdev) is plugged in, and a configuration names resources and boards. Each typed line is read back
as the words that the shell makes of it. So the check is about the words that would be run.
"""

import os
import pathlib
import subprocess
import sys

from shells import START, Shell

HERE = pathlib.Path(__file__).resolve().parent
NODE = "/dev/ttyACM0"
SELECTOR = "usb:2e8a:000a:E6614103E7452D2F"
CONFIGURATION = """
[resources]
firmware = 2
log = 3
[boards.bench]
baud = 921600
[boards.bench.resources]
flash = 9
[boards.station]
baud = 3000000
"""

# A line that is typed up to the TAB, and the words that the shell makes of it.
COMPLETED = [
    ("pwtransfer wri", ["pwtransfer", "write"]),
    ("pwtransfer read fir", ["pwtransfer", "read", "firmware"]),
    ("pwtransfer write l", ["pwtransfer", "write", "log"]),
    ("pwtransfer read --boa", ["pwtransfer", "read", "--board"]),
    ("pwtransfer read log --board be", ["pwtransfer", "read", "log", "--board", "bench"]),
    ("pwtransfer read --board bench fla", ["pwtransfer", "read", "--board", "bench", "flash"]),
    ("pwtransfer read log --port /dev/ttyA", ["pwtransfer", "read", "log", "--port", NODE]),
    ("pwtransfer read log --port us", ["pwtransfer", "read", "log", "--port", SELECTOR]),
    ("pwtransfer read log --port usb:2e", ["pwtransfer", "read", "log", "--port", SELECTOR]),
    ("pwtransfer read log --port usb:2e8a:", ["pwtransfer", "read", "log", "--port", SELECTOR]),
    ("pwtransfer read log --port ./dev", ["pwtransfer", "read", "log", "--port", "./device"]),
    ("pwtransfer read log --flow rts", ["pwtransfer", "read", "log", "--flow", "rts-cts"]),
]
# An option and its value in one word. The parser's script for zsh does not know this form.
JOINED = ("pwtransfer read log --port=usb:2e8a:0", ["pwtransfer", "read", "log", f"--port={SELECTOR}"])
# A line that is typed, and words that must be among the choices.
OFFERED = [
    ("pwtransfer read ", ["firmware", "log"]),
    ("pwtransfer read log --port ", [NODE, SELECTOR]),
    ("pwtransfer read --board ", ["bench", "station"]),
]

# The folder in which the shells run, seen from their root.
PROJECT = "srv/project"
# Debian's ~/.bashrc has this line.
FIRST = {"bash": ". /usr/share/bash-completion/bash_completion"}


def main() -> int:
    root = sys.argv[1]
    subprocess.run(
        ["/usr/sbin/chroot", root, "apt-get", "install", "--yes", "--quiet=2", "/tmp/pwtransfer.deb"],
        env=os.environ | {"DEBIAN_FRONTEND": "noninteractive", "PATH": "/usr/sbin:/usr/bin:/sbin:/bin"},
        check=True, stdout=subprocess.DEVNULL,
    )  # fmt: skip
    project = pathlib.Path(root, PROJECT)
    project.mkdir(parents=True)
    (project / ".pwtransfer.toml").write_text(CONFIGURATION)
    (project / "device").symlink_to("/dev/null")
    board = (HERE.parent / "Umockdev/pico.umockdev").read_text()
    pathlib.Path(root, "tmp/board.umockdev").write_text(board)
    # Only the program may see the board, since fish does not work in umockdev.
    wrapper = pathlib.Path(root, "usr/local/bin/pwtransfer")
    wrapper.write_text('#!/bin/sh\nexec umockdev-run -d /tmp/board.umockdev -- /usr/bin/pwtransfer "$@"\n')
    wrapper.chmod(0o755)

    failures = 0

    def check(shell: str, line: str, is_right: bool, result: list[str]) -> None:
        nonlocal failures
        failures += not is_right
        print(f"{'ok' if is_right else 'WRONG':5}  {shell:4}  {line + '<TAB>':44}  {' '.join(result)}", flush=True)

    for name in START:
        shell = Shell(name, f"/{PROJECT}", root=root, first=FIRST.get(name, "true"))
        for line, words in [*COMPLETED, JOINED] if name != "zsh" else COMPLETED:
            result = shell.words(line)
            check(name, line, result == words, result)
        for line, words in OFFERED:
            check(name, line, shell.offers(line, words), words)
        shell.close()
    manual = subprocess.run(
        ["/usr/sbin/chroot", root, "man", "--pager=cat", "pwtransfer"], check=True, capture_output=True, text=True
    )
    has_sections = all(f"\n{title}\n" in manual.stdout for title in ("COMMANDS", "EXIT STATUS", "FILES", "EXAMPLES"))
    check("man", "pwtransfer", has_sections, [f"{len(manual.stdout.splitlines())} lines"])
    print(f"{failures} wrong")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
