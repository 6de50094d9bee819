#!/usr/bin/python3
"""umockdev-wrapper reset.py PWTRANSFER: `reset` by the modem lines, and by the 1200-baud touch, which makes another
port appear.
"""

import sys
import termios

import boards
import mock_board
from commands import Command, TIMEOUT, expect, run

DTR, RTS = termios.TIOCM_DTR, termios.TIOCM_RTS
SEQUENCES = {
    "dtr": [(DTR, False), (DTR, True), (DTR, False)],
    "rts": [(DTR, False), (RTS, True), (RTS, False)],
    "dtr-rts": [(DTR | RTS, False), (DTR | RTS, True), (DTR | RTS, False)],
}


def check_lines(program, board):
    for method, changes in SEQUENCES.items():
        board.modem_changes.clear()
        done = run(program, "reset", "--method", method)
        expect(done.returncode == 0, f"{method}: {done.returncode}: {done.stderr}")
        expect(f"the device was restarted ({method})" in done.stderr, done.stderr)
        expect(board.modem_changes == changes, f"{method}: {board.modem_changes}")


def check_touch(program, testbed, board):
    """The bootloader has another name, product and serial number; only its place is the same."""
    bootloader = boards.Board(testbed, "ttyACM1", "1", "2e8a", "0003", "Boot", "BOOT")
    # The number of the node is not free until the old one is closed.
    bootloader.blocks[-1] = bootloader.blocks[-1].replace("MINOR=1", "MINOR=9").replace("166:1", "166:9")
    other = boards.Board(testbed, "ttyACM2", "2", "2e8a", "000a", "Pico", "E660AAA2")
    board.modem_changes.clear()
    board.rates.queue.clear()
    reset = Command(program, "reset", "--method", "touch1200", "--port", "serial:E660AAA1", "-v")
    while board.rates.get(timeout=TIMEOUT) != 1200:
        pass
    reset.error_line("restarting the device: touch1200")
    other.plug()
    board.unplug()
    bootloader.plug()
    reset.error_line("the device was restarted (touch1200)")
    expect(reset.wait() == 0, "touch1200")
    expect((DTR, False) in board.modem_changes or not board.modem_changes, f"{board.modem_changes}")
    expect(115200 in list(bootloader.rates.queue), "the port at the same place was not opened")
    expect(not list(other.rates.queue), "a port at another place was opened")
    bootloader.unplug()
    other.unplug()


def main():
    program = sys.argv[1]
    testbed = mock_board.new_testbed()
    boards.add_hub(testbed)
    board = boards.Board(testbed, "ttyACM0", "1", "2e8a", "000a", "Pico", "E660AAA1")
    board.plug()
    check_lines(program, board)
    check_touch(program, testbed, board)
    print("reset: the modem lines did what they should, and the bootloader was found at its place")


main()
