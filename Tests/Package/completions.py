#!/usr/bin/env python3
"""Presses TAB in bash, zsh and fish of a root in which /tmp/pwtransfer.deb is installed first: completions.py ROOT

A mocked board (umockdev) is plugged in, and a configuration names resources and boards. Each line that is typed is read
back as the words that the shell made of it, so what is checked is what would be run.
"""

import os
import pathlib
import pty
import re
import select
import subprocess
import sys
import time

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
"""

# What is typed up to the TAB, and the words that it becomes.
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
# With --OPTION=VALUE as one word; the shell keeps it so.
JOINED = ("pwtransfer read log --port=usb:2e8a:0", ["pwtransfer", "read", "log", f"--port={SELECTOR}"])
# What is typed, and what must be among what is offered.
OFFERED = [
    ("pwtransfer read ", ["firmware", "log"]),
    ("pwtransfer read log --port ", [NODE, SELECTOR]),
    ("pwtransfer read --board ", ["bench"]),
]

START = {
    "bash": (
        ["bash", "--norc", "-i"],
        # Debian's ~/.bashrc has this line.
        ". /usr/share/bash-completion/bash_completion; bind 'set bell-style none'",
    ),
    "zsh": (["zsh", "-f", "-i"], "autoload -Uz compinit; compinit -u; unsetopt beep; PROMPT_EOL_MARK=;"),
}


class Shell:
    """An interactive shell on a terminal."""

    def __init__(self, root: str, name: str):
        command, setup = START[name]
        self.process, self.terminal = pty.fork()
        if self.process == 0:
            os.chroot(root)
            os.chdir("/root/project")
            environment = {"PATH": "/usr/bin:/bin", "HOME": "/root", "TERM": "dumb", "LC_ALL": "C.UTF-8"}
            os.execve("/usr/bin/umockdev-run", ["umockdev-run", "-d", "/tmp/board.umockdev", "--", *command], environment)
        self.output = ""
        self.run("stty cols 200; PS1='> '; PS2=; RPS1=")
        self.run(setup)

    def read_until(self, pattern: str, seconds: float = 20) -> re.Match[str]:
        end = time.monotonic() + seconds
        while not (match := re.search(pattern, self.output)):
            ready, _, _ = select.select([self.terminal], [], [], max(0, end - time.monotonic()))
            if not ready:
                raise TimeoutError(f"no {pattern!r} in {self.output!r}")
            self.output += os.read(self.terminal, 65536).decode(errors="replace").replace("\r", "")
        self.output = self.output[match.end() :]
        return match

    def send(self, keys: str) -> None:
        os.write(self.terminal, keys.encode())

    def run(self, line: str) -> None:
        # The mark is not in what the terminal echoes.
        self.send(f"{line}; printf '%s%s\\n' do ne\n")
        self.read_until(r"done\n")

    def words(self, line: str) -> list[str]:
        """The words of a line after TAB."""
        # Ctrl-A goes to the start of the line, where a command that shows its words is put.
        self.send(f"{line}\t\x01printf '<%s>' beg''in \x05 e''nd; echo\n")
        return self.read_until(r"<begin>(.*?)<end>")[1][1:-1].split("><")

    def offered(self, line: str) -> list[str]:
        """What a line is given as choices."""
        self.send(f"{line}\t\t\t\x03")
        self.run("true")
        return []

    def close(self) -> None:
        self.send("\x03\x04")
        os.close(self.terminal)
        os.waitpid(self.process, 0)


def fish(root: str, line: str) -> list[str]:
    environment = {"PATH": "/usr/bin:/bin", "HOME": "/root", "TERM": "dumb", "LC_ALL": "C.UTF-8"}
    words = ["umockdev-run", "-d", "/tmp/board.umockdev", "--"]
    script = 'cd /root/project; complete --do-complete -- "$argv[1]"'
    result = subprocess.run(
        ["chroot", root, *words, "fish", "-c", script, line],
        env=environment, check=True, capture_output=True, text=True, timeout=60,
    )  # fmt: skip
    return [choice.partition("\t")[0] for choice in result.stdout.splitlines()]


def main() -> int:
    root = sys.argv[1]
    subprocess.run(
        ["chroot", root, "apt-get", "install", "--yes", "--quiet=2", "/tmp/pwtransfer.deb"],
        env=os.environ | {"DEBIAN_FRONTEND": "noninteractive", "PATH": "/usr/sbin:/usr/bin:/sbin:/bin"},
        check=True, stdout=subprocess.DEVNULL,
    )  # fmt: skip
    project = pathlib.Path(root, "root/project")
    project.mkdir(parents=True)
    (project / ".pwtransfer.toml").write_text(CONFIGURATION)
    (project / "device").symlink_to("/dev/null")
    board = (HERE.parent / "Umockdev/pico.umockdev").read_text()
    pathlib.Path(root, "tmp/board.umockdev").write_text(board)

    failures = 0

    def check(shell: str, line: str, is_right: bool, result: list[str]) -> None:
        nonlocal failures
        failures += not is_right
        print(f"{'ok' if is_right else 'WRONG':5}  {shell:4}  {line + '<TAB>':44}  {' '.join(result)}", flush=True)

    for name in START:
        shell = Shell(root, name)
        for line, words in [*COMPLETED, JOINED]:
            result = shell.words(line)
            check(name, line, result == words, result)
        shell.close()
    for line, words in COMPLETED:
        choices = fish(root, line)
        check("fish", line, choices == words[-1:], choices)
    joined = fish(root, JOINED[0])
    check("fish", JOINED[0], joined == JOINED[1][-1:], joined)
    for line, words in OFFERED:
        choices = fish(root, line)
        check("fish", line, set(words) <= set(choices), choices)

    manual = subprocess.run(
        ["chroot", root, "man", "--pager=cat", "pwtransfer"], check=True, capture_output=True, text=True
    )
    has_sections = all(f"\n{title}\n" in manual.stdout for title in ("COMMANDS", "EXIT STATUS", "FILES", "EXAMPLES"))
    check("man", "pwtransfer", has_sections, [f"{len(manual.stdout.splitlines())} lines"])
    print(f"{failures} wrong")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
