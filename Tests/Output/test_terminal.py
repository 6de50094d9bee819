"""The bar on a real terminal: screens of tmux at several widths, and the lines that remain."""

import pathlib
import re
import time

import pytest
from conftest import BAUD, LINE, TEN_CHUNKS, Board, golden, screen_shape

BAR = re.compile(r"^\[(=*>)? *\] +\d+ %", re.MULTILINE)


READ = f"pwtransfer read 3 --port board -o out {' '.join(BAUD)}"
# 30 kB take a quarter of a minute on this line.
LONG = 30_000


@pytest.mark.parametrize("width", [40, 80, 200])
def test_screens(make_board, make_terminal, width):
    board: Board = make_board(*LINE, "--prepare-delay", "30s")
    terminal = make_terminal(width)
    terminal.type(READ, "Enter")
    preparing = terminal.wait(r"^no answer yet \(1 s\)")
    terminal.type("C-c")
    terminal.wait(r"over\n\n?\$$")
    board.stop()
    # A new device: the starts that the old one got in the meantime would count as repeats.
    board = make_board(*LINE, size=LONG)
    terminal.type("clear", "Enter")
    terminal.wait(r"^\$$")
    terminal.type(READ, "Enter")
    moving = terminal.wait(r" [1-9]\d %  .*KiB/s  0:\d\d")
    terminal.type("C-c")
    stopped = terminal.wait(r"over\n\n?\$$")
    # Where the line is broken depends on the numbers.
    stopped = re.sub(r"\n {4,}", " ", stopped)
    screens = f"preparing\n{preparing}\nmoving\n{moving}\nstopped\n{stopped}"
    # The numbers decide how much room is left for the bar, and in 40 columns for "left".
    text = re.sub(r"\[bar of \d+\]", "[bar]", screen_shape(screens)).replace("CLOCK left", "CLOCK")
    golden(f"terminal-{width}.txt", text)
    bars = [len(line) for line in moving.splitlines() if " %  " in line]
    assert len(bars) == 1 and bars[0] < width
    assert board.process.poll() is None


def test_done(make_board, make_terminal):
    make_board(*LINE, size=TEN_CHUNKS)
    terminal = make_terminal(120)
    terminal.type(READ, "Enter")
    terminal.wait(BAR.pattern)
    golden("terminal-done.txt", screen_shape(terminal.wait(r"limited by .+\n\$$")))


def test_resizing_leaves_one_bar(make_board, make_terminal):
    make_board(*LINE, size=LONG)
    terminal = make_terminal(100)
    terminal.type(READ, "Enter")
    terminal.wait(BAR.pattern)
    for width, least in ((50, 30), (30, 8), (140, 100)):
        terminal.tmux("resize-window", "-x", str(width), "-y", "12")
        # Waits for the first picture in the new width, and for one that was drawn over it.
        seen = terminal.wait(r"^.{%d,%d}$" % (least, width))
        while (shown := terminal.screen()) == seen:
            time.sleep(0.02)
        bars = [line for line in shown.splitlines() if " %  " in line]
        assert len(bars) == 1, shown
        assert len(bars[0]) <= width


@pytest.mark.parametrize("number", ["KILL", "TERM"])
def test_terminal_is_as_before(make_board, make_terminal, number):
    make_board(*LINE, size=LONG)
    terminal = make_terminal(80)
    terminal.type("stty -a > before; tput cnorm > /dev/null", "Enter")
    terminal.type(f"{READ} & sleep 0.5; kill -{number} %1; wait; stty -a > after; echo; echo finished", "Enter")
    terminal.wait(r"^finished$")
    assert terminal.tmux("display-message", "-p", "#{cursor_flag}").strip() == "1"
    folder = pathlib.Path(terminal.tmux("display-message", "-p", "#{pane_current_path}").strip())
    assert (folder / "before").read_text() == (folder / "after").read_text()


def test_dumb_terminal_and_no_color(make_board, make_terminal):
    make_board(*LINE, size=TEN_CHUNKS)
    terminal = make_terminal(100, TERM="dumb")
    terminal.type(READ, "Enter")
    screen = terminal.wait(r"limited by .+\n\$$")
    assert not BAR.search(screen)
    assert re.search(r"^50 %, ", screen, re.MULTILINE) or re.search(r"^5\d %, ", screen, re.MULTILINE)
    terminal = make_terminal(100, NO_COLOR="1", TERM="screen")
    terminal.type("pwtransfer write 2 /no/such", "Enter")
    terminal.wait("try:")
    assert "\x1b" not in terminal.tmux("capture-pane", "-p", "-e")
