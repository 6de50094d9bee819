#!/usr/bin/python3
"""umockdev-wrapper driver_features.py TEST-BUNDLE: runs the Swift tests of features that pseudo-terminals lack."""

import os
import subprocess
import sys
import termios

import mock_board

testbed = mock_board.new_testbed()
board = mock_board.MockBoard(testbed, "ttyACM0")
mock_board.plug(testbed, os.path.join(os.path.dirname(__file__), "pico.umockdev"), board)

# The device takes no bytes.
board.unsent_bytes = 100
board.highest_rate = 3_000_000

command = [sys.argv[1], "--testing-library", "swift-testing", "--filter", "DriverFeatureTests"]
# `env=` cannot be used: the library's own variables are in the environment, but not in Python's copy of it.
os.environ["MOCK_PORT"] = "/dev/ttyACM0"
result = subprocess.run(command, timeout=120)
# The changes of an opening come first, then those of an open port.
expected = [(termios.TIOCM_DTR, False), (termios.TIOCM_RTS, True)]
expected += [(termios.TIOCM_DTR, True), (termios.TIOCM_RTS, False)]
if board.modem_changes != expected:
    sys.exit(f"changes of modem lines: {board.modem_changes}, expected {expected}")
if board.break_changes != [True, False]:
    sys.exit(f"changes of the break: {board.break_changes}")
# Each opening of the port requests low latency, and each closing resets it.
changes = board.flag_changes
if not changes or changes != [mock_board.LOW_LATENCY, 0] * (len(changes) // 2):
    sys.exit(f"changes of the driver's flags: {changes}")
sys.exit(result.returncode)
