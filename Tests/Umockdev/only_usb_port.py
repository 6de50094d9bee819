#!/usr/bin/python3
"""umockdev-wrapper only_usb_port.py PWTRANSFER: the command on a machine with one USB serial port.

The board behind the port is a simulated device that listens on TCP; this driver passes the bytes on.
"""

import json
import os
import random
import socket
import sys
import tempfile

import boards
import mock_board
from commands import SimulatedDevice, TIMEOUT, expect, run


def check_ports(program):
    ports = run(program, "ports")
    expect(ports.returncode == 0, f"'ports' ended with {ports.returncode}: {ports.stderr}")
    for word in ["/dev/ttyACM0", "E6614103E7452D2F", "Pico"]:
        expect(word in ports.stdout, f"'ports' does not show {word}: {ports.stdout}")


def check_modem(program, testbed):
    """An LTE module is another USB serial port, but not a board. The checks after this one show that nobody takes it
    for one.
    """
    modem = boards.Board(testbed, "ttyACM5", "5", "1199", "9071", "LTE")
    modem.blocks[-1] += "E: ID_MM_PORT_TYPE_AT_PRIMARY=1\n"
    modem.plug()
    found = events(program)["/dev/ttyACM5"]
    expect(found["modem"] and found["usb"] and found["id_path"] == "pci-0000:00:14.0-usb-0:5:1.0", f"{found}")
    for option in (["--all"], ["--devices", "1"]):
        lines = run(program, "read", "2", "-o", "/tmp/{index}", "--json", "--deadline", "10ms", *option).stdout.splitlines()
        results = [event for event in map(json.loads, lines) if event["type"] == "device_result"]
        expect([result["port"] for result in results] == ["/dev/ttyACM0"], f"{option}: {lines}")


def check_without_udev(program, testbed):
    """If udev does not run, the bus reports the same place, and `ports` says what is unknown."""
    testbed.add_from_string("P: /devices/pci0000:00/0000:00:14.0\nE: SUBSYSTEM=pci\n")
    plain = boards.Board(testbed, "ttyACM6", "6.2", "2e8a", "000a", "Pico")
    plain.blocks[-1] = "".join(
        line + "\n" for line in plain.blocks[-1].splitlines() if not line.startswith(("E: ID_", "E: DEVLINKS")))
    plain.blocks[-1] = plain.blocks[-1].replace("MINOR=6.2", "MINOR=6").replace("166:6.2", "166:6")
    plain.plug()
    found = events(program)["/dev/ttyACM6"]
    expect(found["id_path"] == "pci-0000:00:14.0-usb-0:6.2:1.0", f"{found}")
    expect("udev does not run here" in run(program, "ports").stderr, "'ports' does not say what it could not look at")
    plain.unplug()
    expect("udev does not run here" not in run(program, "ports").stderr, "'ports' says what is known")


def events(program):
    lines = run(program, "ports", "--json").stdout.splitlines()
    return {event["node"]: event for event in map(json.loads, lines) if event["type"] == "port"}


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
    boards.add_hub(testbed)
    check_modem(program, testbed)
    check_without_udev(program, testbed)

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
