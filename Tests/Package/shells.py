"""Interactive shells on terminals, in which TAB is pressed."""

import fcntl
import os
import pathlib
import pty
import re
import select
import struct
import termios
import time

CONTROL_SEQUENCE = re.compile(r"\x1b(\[[0-9;?]*[A-Za-z]|\(B|\][^\x07]*\x07)")
SHOW = """show() { printf '<%s>' beg''in "$@" e''nd; echo; }"""
# How it is started, and what prepares it: `show` shows the words that it is given.
START = {
    "bash": (["bash", "--norc", "-i"], f"PS1='> '; {SHOW}"),
    "zsh": (["zsh", "-f", "-i"], f"autoload -Uz compinit; compinit -u; PS1='> '; {SHOW}"),
    # It would show what it guesses from earlier lines.
    "fish": (
        ["fish", "-i"],
        "set -g fish_autosuggestion_enabled 0; function show; printf '<%s>' beg''in $argv e''nd; echo; end",
    ),
}


class Shell:
    """An interactive shell on a terminal."""

    def __init__(
        self, name: str, folder: str, *, root: str | None = None, first: str = "true", **variables: str
    ) -> None:
        """Starts it in a folder, of a root that it is given; `first` is a line that is run before all others."""
        command, setup = START[name]
        self.process, self.terminal = pty.fork()
        if self.process == 0:
            if root:
                os.chroot(root)
            os.chdir(folder)
            # Where the terminal can do nothing, fish does not show choices.
            environment = {
                "PATH": "/usr/local/bin:/usr/bin:/bin", "HOME": "/root", "LC_ALL": "C.UTF-8",
                "TERM": "xterm" if name == "fish" else "dumb",
            }  # fmt: skip
            os.execve(f"/usr/bin/{name}", command, environment | variables)
        fcntl.ioctl(self.terminal, termios.TIOCSWINSZ, struct.pack("HHHH", 50, 200, 0, 0))
        self.output = ""
        self.run(f"{first}; {setup}")

    def read_until(self, pattern: str, seconds: float = 10, keep: bool = False) -> re.Match[str]:
        end = time.monotonic() + seconds
        while not (match := re.search(pattern, self.output)):
            ready, _, _ = select.select([self.terminal], [], [], max(0, end - time.monotonic()))
            if not ready:
                raise TimeoutError(f"no {pattern!r} in {self.output!r}")
            # A character or a sequence that is cut in two is of no interest here.
            output = os.read(self.terminal, 65536).decode(errors="replace").replace("\r", "")
            self.output += CONTROL_SEQUENCE.sub("", output)
        if not keep:
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
        # Ctrl-A goes to the start of the line.
        self.send(f"{line}\t\x01show \n")
        return self.read_until(r"<begin>(.*?)<end>")[1][1:-1].split("><")

    def offers(self, line: str, words: list[str]) -> bool:
        """Whether these are shown as choices. Of paths, bash shows the last part."""
        self.send(f"{line}\t\t")
        shown = True
        for word in words:
            try:
                # They come in any order.
                self.read_until(rf"(?<!\S){re.escape(pathlib.PurePath(word).name)}(?!\S)|{re.escape(word)}", keep=True)
            except TimeoutError:
                shown = False
        self.send("\x15")
        self.run("true")
        return shown

    def close(self) -> None:
        self.send("\x03\x04")
        os.close(self.terminal)
        os.waitpid(self.process, 0)
