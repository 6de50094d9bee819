#!/usr/bin/python3
"""umockdev-wrapper only_usb_port.py PWTRANSFER: the command on a machine with one USB serial port.

The board behind the port is a simulated device that listens on TCP; this driver passes the bytes on.
"""

import os
import random
import select
import signal
import socket
import subprocess
import sys
import tempfile

import mock_board

TIMEOUT = 60


def fail(message):
    sys.exit(f"only_usb_port: {message}")


def free_port():
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return probe.getsockname()[1]


def start_device(program, port, resource):
    device = subprocess.Popen(
        [program, "simulate", "--listen", f"127.0.0.1:{port}", "--resource", f"2={resource}:w"],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )
    # It says what to connect to once one can.
    if not select.select([device.stdout], [], [], TIMEOUT)[0] or not device.stdout.readline():
        fail("the simulated device did not start")
    return device


def check_ports(program):
    ports = subprocess.run([program, "ports"], capture_output=True, text=True, timeout=TIMEOUT)
    if ports.returncode != 0:
        fail(f"'ports' ended with {ports.returncode}: {ports.stderr}")
    for word in ["/dev/ttyACM0", "E6614103E7452D2F", "Pico"]:
        if word not in ports.stdout:
            fail(f"'ports' does not show {word}: {ports.stdout}")


def check_write(program, source, written, size):
    data = random.Random(size).randbytes(size)
    with open(source, "wb") as file:
        file.write(data)
    write = subprocess.run([program, "write", "2", source], capture_output=True, text=True, timeout=TIMEOUT)
    if write.returncode != 0:
        fail(f"'write' of {size} bytes ended with {write.returncode}: {write.stderr}")
    if "/dev/ttyACM0" not in write.stderr:
        fail(f"'write' does not name the port it chose: {write.stderr}")
    with open(written, "rb") as file:
        if file.read() != data:
            fail(f"the device has other data than the {size} bytes that were written")


def main():
    program = sys.argv[1]
    testbed = mock_board.new_testbed()
    board = mock_board.MockBoard(testbed, "ttyACM0")
    mock_board.plug(testbed, os.path.join(os.path.dirname(__file__), "pico.umockdev"), board)
    check_ports(program)

    with tempfile.TemporaryDirectory() as folder:
        source, written = os.path.join(folder, "firmware.bin"), os.path.join(folder, "written.bin")
        with open(written, "wb"):
            pass
        port = free_port()
        device = start_device(program, port, written)
        try:
            with socket.create_connection(("127.0.0.1", port), TIMEOUT) as connection:
                connection.settimeout(None)
                board.relay(connection.fileno())
                for size in [0, 1, 65536]:
                    check_write(program, source, written, size)
                if board.modem_changes:
                    fail(f"modem lines were changed without being asked for: {board.modem_changes}")
        finally:
            device.send_signal(signal.SIGTERM)
            device.wait(TIMEOUT)
    print("only_usb_port: 'ports' and 'write' found the only USB port")


main()
