#!/usr/bin/python3
"""umockdev-wrapper only_usb_port.py PWTRANSFER: the command on a machine with one USB serial port.

The board behind the port is a simulated device that listens on TCP; this driver passes the bytes on.
"""

import os
import random
import socket
import sys
import tempfile

import mock_board
from commands import SimulatedDevice, TIMEOUT, expect, run


def check_ports(program):
    ports = run(program, "ports")
    expect(ports.returncode == 0, f"'ports' ended with {ports.returncode}: {ports.stderr}")
    for word in ["/dev/ttyACM0", "E6614103E7452D2F", "Pico"]:
        expect(word in ports.stdout, f"'ports' does not show {word}: {ports.stdout}")


def check_write(program, source, device, size):
    data = random.Random(size).randbytes(size)
    with open(source, "wb") as file:
        file.write(data)
    write = run(program, "write", "2", source, "--allow-empty")
    expect(write.returncode == 0, f"'write' of {size} bytes ended with {write.returncode}: {write.stderr}")
    expect("/dev/ttyACM0" in write.stderr, f"'write' does not name the port it chose: {write.stderr}")
    expect(device.data == data, f"the device has other data than the {size} bytes that were written")


def main():
    program = sys.argv[1]
    testbed = mock_board.new_testbed()
    board = mock_board.MockBoard(testbed, "ttyACM0")
    mock_board.plug(testbed, os.path.join(os.path.dirname(__file__), "pico.umockdev"), board)
    check_ports(program)

    with tempfile.TemporaryDirectory() as folder:
        device = SimulatedDevice(program, os.path.join(folder, "written.bin"))
        try:
            with socket.create_connection(("127.0.0.1", device.port), TIMEOUT) as connection:
                connection.settimeout(None)
                board.relay(connection.fileno())
                for size in [0, 1, 65536]:
                    check_write(program, os.path.join(folder, "firmware.bin"), device, size)
                changes = board.modem_changes
                expect(not changes, f"modem lines were changed without being asked for: {changes}")
        finally:
            device.end()
    print("only_usb_port: 'ports' and 'write' found the only USB port")


main()
