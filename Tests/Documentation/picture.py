"""Runs the program in a terminal, and draws the screen: picture.py BINARIES FILE.svg"""

import os
import pathlib
import re
import subprocess
import sys
import tempfile
import time
import uuid

from rich.console import Console
from rich.terminal_theme import MONOKAI
from rich.text import Text

WIDTH, HEIGHT = 100, 17
PATIENCE = 60
# A terminal's window. It embeds no fonts, since the viewer's machine has some.
WINDOW = """<svg class="rich-terminal" viewBox="0 0 {width} {height}" xmlns="http://www.w3.org/2000/svg">
<style>
.{unique_id}-matrix {{
    font-family: ui-monospace, "DejaVu Sans Mono", Menlo, Consolas, monospace;
    font-size: {char_height}px; line-height: {line_height}px; font-variant-east-asian: full-width;
}}
.{unique_id}-title {{ font-size: 18px; font-family: sans-serif; }}
{styles}
</style>
<defs>
<clipPath id="{unique_id}-clip-terminal">
<rect x="0" y="0" width="{terminal_width}" height="{terminal_height}" />
</clipPath>
{lines}
</defs>
{chrome}
<g transform="translate({terminal_x}, {terminal_y})" clip-path="url(#{unique_id}-clip-terminal)">
{backgrounds}
<g class="{unique_id}-matrix" xml:space="preserve">
{matrix}
</g>
</g>
</svg>
"""


class Terminal:
    """A shell in its own tmux."""

    def __init__(self, folder: pathlib.Path, program: pathlib.Path) -> None:
        self._socket = f"pwtransfer-{uuid.uuid4().hex}"
        path = f"{program}:{os.environ['PATH']}"
        self.tmux(
            "-f", "/dev/null", "new-session", "-d", "-x", str(WIDTH), "-y", str(HEIGHT), "-c", str(folder),
            "env", f"PATH={path}", "PS1=$ ", "LC_ALL=C.UTF-8", "bash", "--norc", "--noprofile",
        )  # fmt: skip
        self.wait(r"^\$")

    def tmux(self, *arguments: str) -> str:
        command = ["tmux", "-L", self._socket, *arguments]
        return subprocess.run(command, check=True, capture_output=True, text=True, timeout=PATIENCE).stdout

    def wait(self, pattern: str) -> None:
        end = time.monotonic() + PATIENCE
        while not re.search(pattern, self.tmux("capture-pane", "-p"), re.MULTILINE):
            if time.monotonic() > end:
                sys.exit(f"no {pattern!r} on the screen:\n{self.tmux('capture-pane', '-p')}")
            time.sleep(0.02)

    def run(self, command: str, until: str) -> None:
        self.wait(r"^\$\n*\Z")
        self.tmux("send-keys", "-l", command)
        self.tmux("send-keys", "Enter")
        self.wait(until)

    def screen(self) -> str:
        """The screen with its colors, as escape sequences."""
        return self.tmux("capture-pane", "-p", "-e").rstrip("\n")

    def close(self) -> None:
        subprocess.run(["tmux", "-L", self._socket, "kill-server"], check=False, capture_output=True)


def record(folder: pathlib.Path, program: pathlib.Path) -> str:
    (folder / "firmware.bin").write_bytes(os.urandom(256 * 1024))
    (folder / "flash.bin").touch()
    device = subprocess.Popen(
        [program / "pwtransfer", "simulate", "--quiet", "--link", "board", "--baud", "921600", "--drop", "1%",
         "--resource", "2=flash.bin:w", "--resource", "3=flash.bin"],
        cwd=folder, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    terminal = None
    try:
        for line in device.stdout or []:
            if line == "ready\n":
                break
        terminal = Terminal(folder, program)
        terminal.run("pwtransfer write 2 firmware.bin --port ./board --verify readback --verify-from 3", "^verified")
        terminal.run("pwtransfer read 9 --port ./board -o log.bin", r"^ +try:")
        terminal.run("pwtransfer read 3 --port ./board -o back.bin", r"\] +[5-7]\d %")
        return terminal.screen()
    finally:
        if terminal:
            terminal.close()
        device.terminate()
        device.wait(PATIENCE)


def main() -> None:
    program, picture = pathlib.Path(sys.argv[1]).resolve(), pathlib.Path(sys.argv[2])
    with tempfile.TemporaryDirectory() as folder:
        screen = record(pathlib.Path(folder), program)
    console = Console(record=True, width=WIDTH, file=open(os.devnull, "w"), force_terminal=True, color_system="truecolor")
    console.print(Text.from_ansi(screen))
    picture.write_text(console.export_svg(title="pwtransfer", theme=MONOKAI, code_format=WINDOW, unique_id="terminal"))
    print(f"{picture}:\n{Text.from_ansi(screen).plain}")


main()
