#!/usr/bin/python3
"""umockdev-wrapper doctor.py PWTRANSFER: the findings of `doctor` about USB adapters and their surroundings."""

import json
import os
import shutil
import subprocess
import sys
import tempfile

import mock_board
from commands import TIMEOUT, expect, fail, run

BENCH = os.path.join(os.path.dirname(__file__), "bench.umockdev")
CONVERTER = "/devices/pci0000:00/0000:00:14.0/usb1/1-7"


def checks(program, code, *options):
    """The checks of a port by their names."""
    done = run(program, "doctor", "--json", "--listen", "50ms", *options)
    if done.returncode != code:
        fail(f"doctor {options} ended with {done.returncode}: {done.stdout}{done.stderr}")
    events = [json.loads(line) for line in done.stdout.splitlines()]
    expect(events[0]["type"] == "start" and events[-1]["exit_code"] == code, f"events: {done.stdout}")
    return {(event["port"], event["check"]): event for event in events if event["type"] == "check"}


def expect_check(found, check, finding, part, port="/dev/ttyUSB0"):
    event = found[port, check]
    text = json.dumps(event)
    expect(event["finding"] == finding and part in text, f"{check}: expected {finding} with {part!r}: {text}")


class Namesake:
    """A program with the name of another one. It does nothing."""

    def __init__(self, folder, name):
        path = os.path.join(folder, name)
        shutil.copy("/bin/sleep", path)
        self.process = subprocess.Popen([path, "600"])

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.kill()
        self.process.wait(TIMEOUT)


def main():
    program = sys.argv[1]
    testbed = mock_board.new_testbed()
    adapter = mock_board.MockBoard(testbed, "ttyUSB0")
    boards = [mock_board.MockBoard(testbed, name) for name in ("ttyACM9", "ttyACM10")]
    mock_board.plug(testbed, BENCH, adapter, *boards)
    ftdi = ("--port", "usb:0403:6001")

    found = checks(program, 0, *ftdi)
    expect_check(found, "port", "ok", "FT232R USB UART")
    expect_check(found, "latency_timer", "warning", "FTDI latency timer: 16 ms")
    expect_check(found, "latency_timer", "warning", "/ttyUSB0/latency_timer")
    expect_check(found, "modem_manager", "ok", "not running")
    expect_check(found, "brltty", "ok", "not running")

    with tempfile.TemporaryDirectory() as folder:
        with Namesake(folder, "ModemManager"), Namesake(folder, "brltty"):
            found = checks(program, 0, *ftdi)
            expect_check(found, "modem_manager", "warning", "70-pwtransfer.rules")
            expect_check(found, "brltty", "warning", "0403:6001")
            testbed.set_property(
                "/sys/devices/pci0000:00/0000:00:14.0/usb1/1-2", "ID_MM_DEVICE_IGNORE", "1")
            expect_check(checks(program, 0, *ftdi), "modem_manager", "ok", "told to ignore")

    # The driver accepts every rate, but sets another one.
    adapter.highest_rate = 3_000_000
    found = checks(program, 64, *ftdi, "--baud", "12000000")
    expect_check(found, "baud", "problem", "set 9600")

    # With several ports, nobody knows which one is meant, so none is opened.
    adapter.flag_changes.clear()
    found = checks(program, 69)
    expect({port for port, _ in found} == {"/dev/ttyUSB0", "/dev/ttyACM9", "/dev/ttyACM10"}, f"ports: {found}")
    expect_check(found, "port", "ok", "--port usb:0403:6001:A9ABCDEF")
    expect_check(found, "latency_timer", "warning", "16 ms")
    expect_check(found, "bytes", "not_checked", "several ports match")
    expect(not adapter.flag_changes, "a port was opened that nobody chose")

    # This is a converter without its port.
    testbed.add_from_string(
        f"P: {CONVERTER}\nE: DEVTYPE=usb_device\nE: DRIVER=usb\nE: SUBSYSTEM=usb\n"
        "A: idVendor=1a86\\n\nA: idProduct=7523\\n\nA: product=USB Serial\\n\n"
    )
    found = checks(program, 69, "--port", "/dev/ttyUSB7")
    expect_check(found, "port", "problem", "modprobe ch341", port="/dev/ttyUSB7")
    expect_check(found, "port", "problem", "--port usb:0403:6001:A9ABCDEF", port="/dev/ttyUSB7")
    testbed.add_from_string(
        f"P: {CONVERTER}/1-7:1.0\nE: DEVTYPE=usb_interface\nE: DRIVER=usbfs\nE: SUBSYSTEM=usb\n"
        "L: driver=../../../../../../bus/usb/drivers/usbfs\n"
    )
    found = checks(program, 69, "--port", "/dev/ttyUSB7")
    expect_check(found, "port", "problem", "remove brltty", port="/dev/ttyUSB7")
    print("doctor: the faults of adapters, and what is around them, were named")


main()
