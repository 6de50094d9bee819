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
# The command that starts each shell, and a line that prepares it. `show` prints the words that it gets.
START = {
    "bash": (["bash", "--norc", "-i"], f"PS1='> '; {SHOW}"),
    "zsh": (["zsh", "-f", "-i"], f"autoload -Uz compinit; compinit -u; PS1='> '; {SHOW}"),
    # Fish would show guesses from earlier lines.
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
        """Starts the shell in a folder, within a root if one is given. `first` is a line that runs before others."""
        command, setup = START[name]
        self.process, self.terminal = pty.fork()
        if self.process == 0:
            if root:
                os.chroot(root)
            os.chdir(folder)
            # On a terminal without control sequences, fish does not show choices.
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
            # Nothing here depends on a character or a sequence that is cut in two.
            output = os.read(self.terminal, 65536).decode(errors="replace").replace("\r", "")
            self.output += CONTROL_SEQUENCE.sub("", output)
        if not keep:
            self.output = self.output[match.end() :]
        return match

    def send(self, keys: str) -> None:
        os.write(self.terminal, keys.encode())

    def run(self, line: str) -> None:
        # The mark is not in the text that the terminal echoes.
        self.send(f"{line}; printf '%s%s\\n' do ne\n")
        self.read_until(r"done\n")

    def words(self, line: str) -> list[str]:
        """The words of a line after TAB has completed it."""
        # Ctrl-A goes to the start of the line.
        self.send(f"{line}\t\x01show \n")
        return self.read_until(r"<begin>(.*?)<end>")[1][1:-1].split("><")

    def offers(self, line: str, words: list[str]) -> bool:
        """Whether the shell shows these words as choices. For paths, bash shows only the last part."""
        self.send(f"{line}\t\t")
        shown = True
        for word in words:
            try:
                # The choices may come in any order.
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
