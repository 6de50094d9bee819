#!/usr/bin/python3
"""umockdev-wrapper flash_on_plug.py FLASH-ON-PLUG PWTRANSFER: the example writes to a board each time it is plugged in."""

import os
import signal
import socket
import sys
import tempfile

import boards
import mock_board
from commands import Command, SimulatedDevice, TIMEOUT, expect


def main():
    example, program = sys.argv[1:]
    testbed = mock_board.new_testbed()
    boards.add_hub(testbed)
    board = boards.Board(testbed, "ttyACM0", "1", "2e8a", "000a", "Pico", "E660AAA1")
    data = os.urandom(5000)
    with tempfile.TemporaryDirectory() as folder:
        source = os.path.join(folder, "source")
        with open(source, "wb") as file:
            file.write(data)
        station = Command(example, source, "2")
        for attempt in ["first", "second"]:
            device = SimulatedDevice(program, os.path.join(folder, "written"))
            with socket.create_connection(("127.0.0.1", device.port), TIMEOUT) as connection:
                connection.settimeout(None)
                board.plug()
                board.relay(connection.fileno())
                line = station.output_line("/dev/ttyACM0")
                expect(line == "PASS /dev/ttyACM0: 5000 bytes", f"{attempt} time: {line}")
                expect(device.data == data, f"{attempt} time: other data")
                board.unplug()
            device.end()
        station.signal(signal.SIGTERM)
        expect(station.wait() == 128 + signal.SIGTERM, "SIGTERM")
    print("flash_on_plug: the example wrote to a board both times that it was plugged in")


main()
