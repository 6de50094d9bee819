#!/usr/bin/python3
"""umockdev-wrapper hot_plug.py PWTRANSFER: `ports --watch` and `--wait` while a board comes and goes."""

import os
import signal
import socket
import sys
import tempfile
import time

import boards
import mock_board
from commands import Command, SimulatedDevice, TIMEOUT, expect

SERIAL = "E660AAA1"


def check_watch_as_text(program, board):
    watch = Command(program, "ports", "--watch")
    watch.error_line("no serial ports")
    board.plug()
    line = watch.output_line("plugged")
    expect("/dev/ttyACM0" in line and SERIAL in line and line.startswith("plugged"), line)
    board.unplug()
    line = watch.output_line("unplugged")
    expect("/dev/ttyACM0" in line and SERIAL in line, line)
    watch.signal(signal.SIGTERM)
    expect(watch.wait() == 143, "SIGTERM")


def check_watch_as_json(program, board):
    board.plug()
    watch = Command(program, "ports", "--watch", "--json")
    expect(watch.record("start")["schema"] == 1, "no schema")
    present = watch.record("port")
    expect(present["selector"] == f"usb:2e8a:000a:{SERIAL}", f"{present}")
    expect(present["by_path"] == "/dev/serial/by-path/pci-0000:00:14.0-usb-0:1:1.0", f"{present}")
    # The board may come back at once, and is the same each time.
    for _ in range(3):
        for change, kind in [(board.unplug, "unplugged"), (board.plug, "plugged")]:
            begin = time.monotonic()
            change()
            record = watch.record(kind)
            expect(record["serial_number"] == SERIAL and record["driver"] == "cdc_acm", f"{record}")
            expect(time.monotonic() - begin < TIMEOUT / 2, "events are not told as they happen")
    watch.signal(signal.SIGINT)
    result = watch.record("result")
    expect(result.pop("seconds") > 0 and result.pop("time"), "no time")
    stopped = {"code": "interrupted", "message": "stopped on request"}
    expected = {"type": "result", "exit_code": 130, "verdict": "station", "bytes": 0, "error": stopped}
    expect(result == expected, f"{result}")
    expect(watch.wait() == 130, "SIGINT")
    board.unplug()


def check_watch_without_reader(program, board):
    watch = Command(program, "ports", "--watch")
    watch.error_line("no serial ports")
    watch.process.stdout.close()
    expect(watch.wait() == 73, "the end of the reader")


def check_wait(program, board, folder, *options):
    device = SimulatedDevice(program, os.path.join(folder, "written"))
    source = os.path.join(folder, "source")
    data = os.urandom(5000)
    with open(source, "wb") as file:
        file.write(data)
    write = Command(program, "write", "2", source, "--wait", *options)
    write.error_line("waiting for ")
    with socket.create_connection(("127.0.0.1", device.port), TIMEOUT) as connection:
        connection.settimeout(None)
        board.plug()
        board.relay(connection.fileno())
        write.error_line("wrote ")
        expect(write.wait() == 0, f"{options}")
        expect(device.data == data, f"{options}: other data")
        board.unplug()
    device.end()


def check_wait_for_several(program, testbed, board, folder):
    """If two ports appear, the first one is not taken for the only one."""
    second = boards.Board(testbed, "ttyACM1", "2", "2e8a", "000a", "Pico")
    write = Command(program, "write", "2", os.path.join(folder, "source"), "--wait")
    write.error_line("waiting for a USB serial port")
    board.plug()
    # Until the second board is there, the program is stopped. On a slow machine, it might otherwise give up looking
    # for more.
    with write.stopped():
        second.plug()
    write.error_line("there are 2 USB serial ports")
    expect(write.wait() == 69, "two ports at once")
    board.unplug()
    second.unplug()


def main():
    program = sys.argv[1]
    testbed = mock_board.new_testbed()
    boards.add_hub(testbed)
    board = boards.Board(testbed, "ttyACM0", "1", "2e8a", "000a", "Pico", SERIAL)
    check_watch_as_text(program, board)
    check_watch_as_json(program, board)
    check_watch_without_reader(program, board)
    with tempfile.TemporaryDirectory() as folder:
        for options in [[], ["--port", f"serial:{SERIAL}"], ["--port", "/dev/ttyACM0"]]:
            check_wait(program, board, folder, *options)
        check_wait_for_several(program, testbed, board, folder)
    print("hot_plug: 'ports --watch' told of a board that came and went, and '--wait' waited for it")


main()
