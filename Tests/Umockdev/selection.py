#!/usr/bin/python3
"""umockdev-wrapper selection.py PWTRANSFER: the command on a machine with boards that are hard to tell apart.

Behind each port is a simulated device of its own, so that it shows which port was taken.
"""

import os
import re
import socket
import sys
import tempfile
import termios

import boards
import mock_board
from commands import Command, SimulatedDevice, TIMEOUT, expect, run


class Bench:
    def __init__(self, program, testbed, folder):
        self.program, self.folder = program, folder
        boards.add_hub(testbed)
        # Two boards of the same kind, and two that have no serial numbers.
        self.boards = {
            "/dev/ttyACM0": boards.Board(testbed, "ttyACM0", "1", "2e8a", "000a", "Pico", "E660AAA1"),
            "/dev/ttyACM1": boards.Board(testbed, "ttyACM1", "2", "2e8a", "000a", "Pico", "E660BBB2"),
            "/dev/ttyACM2": boards.Board(testbed, "ttyACM2", "3", "1a86", "55d4", "Clone"),
            "/dev/ttyACM3": boards.Board(testbed, "ttyACM3", "4", "1a86", "55d4", "Clone"),
        }
        self.devices, self.connections = {}, []
        for node, board in self.boards.items():
            board.plug()
            device = SimulatedDevice(program, os.path.join(folder, os.path.basename(node)))
            connection = socket.create_connection(("127.0.0.1", device.port), TIMEOUT)
            connection.settimeout(None)
            board.relay(connection.fileno())
            self.devices[node] = device
            self.connections.append(connection)
        self.writes = 0

    def write(self, *options, **environment):
        """Writes new data, which no earlier call has written."""
        self.writes += 1
        source = os.path.join(self.folder, "source")
        self.data = f"write number {self.writes}".encode()
        with open(source, "wb") as file:
            file.write(self.data)
        return run(self.program, "write", "2", source, *options, **environment)

    def expect_write(self, node, *options, **environment):
        before = {other: device.data for other, device in self.devices.items()}
        result = self.write(*options, **environment)
        expect(result.returncode == 0, f"{options} {environment}: {result.stderr}")
        for other, device in self.devices.items():
            expected = self.data if other == node else before[other]
            expect(device.data == expected, f"{options} {environment}: {other} has {device.data}")

    def expect_choice(self, nodes, *options):
        """Expects a refusal that lists these boards, and that each listed option leads to its board."""
        before = [device.data for device in self.devices.values()]
        result = self.write(*options)
        expect(result.returncode == 69, f"{options}: {result.returncode}, {result.stderr}")
        expect(before == [device.data for device in self.devices.values()], f"{options}: something was written")
        choices = re.findall(r"--port (\S+)  \((\S+),", result.stderr)
        expect([node for _, node in choices] == nodes, f"{options}: {result.stderr}")
        for selector, node in choices:
            self.expect_write(node, "--port", selector)
        return [selector for selector, _ in choices]

    def end(self):
        for device in self.devices.values():
            device.end()


def check_tray(bench, *picos):
    """One selector for several devices: a required number of them, and all of them, even if one comes later."""
    # One device at a time, since umockdev does not map descriptors reliably with several threads.
    tray = ["--port", "usb:2e8a:000a", "--jobs", "1"]
    before = {node: device.data for node, device in bench.devices.items()}
    missing = bench.write(*tray, "--devices", "3")
    expect(missing.returncode == 69 and "only 2 of 3 devices are there" in missing.stderr, missing.stderr)
    many = bench.write("--devices", "3")
    expect(many.returncode == 69 and "4 devices are there, but --devices is 3" in many.stderr, many.stderr)
    expect(before == {node: device.data for node, device in bench.devices.items()}, "something was written")
    for option in (["--devices", "2"], ["--all"]):
        result = bench.write(*tray, *option)
        expect(result.returncode == 0 and result.stderr.count("PASS") == 2, result.stderr)
        for node, device in bench.devices.items():
            expected = bench.data if node in picos else before[node]
            expect(device.data == expected, f"{option}: {node} has {device.data}")
    # The last board is plugged in while the command waits.
    late = bench.boards[picos[1]]
    # A device has one client at a time.
    bench.connections.pop(list(bench.boards).index(picos[1])).shutdown(socket.SHUT_RDWR)
    late.unplug()
    with open(os.path.join(bench.folder, "source"), "wb") as file:
        file.write(b"late")
    write = Command(bench.program, "write", "2", file.name, *tray, "--devices", "2", "--wait")
    write.error_line("waiting for devices: only 1 of 2 devices is there")
    connection = socket.create_connection(("127.0.0.1", bench.devices[picos[1]].port), TIMEOUT)
    connection.settimeout(None)
    late.plug()
    late.relay(connection.fileno())
    bench.connections.append(connection)
    expect(write.wait() == 0, write.process.stderr.read().decode())
    for node in picos:
        expect(bench.devices[node].data == b"late", f"{node} has {bench.devices[node].data}")


def main():
    with tempfile.TemporaryDirectory() as folder:
        bench = Bench(sys.argv[1], mock_board.new_testbed(), folder)
        try:
            check(bench)
        finally:
            bench.end()
    print("selection: each selector took its board, and none was guessed")


def check(bench):
    first, second, third, fourth = bench.boards
    selectors = bench.expect_choice([first, second, third, fourth])
    expect(
        selectors
        == [
            "usb:2e8a:000a:E660AAA1",
            "usb:2e8a:000a:E660BBB2",
            "path:pci-0000:00:14.0-usb-0:3:1.0",
            "path:pci-0000:00:14.0-usb-0:4:1.0",
        ],
        f"selectors {selectors}",
    )
    bench.expect_choice([first, second], "--port", "usb:2e8a:000a")
    bench.expect_choice([third, fourth], "--port", "usb:1a86:55d4")
    bench.expect_write(first, "--port", "serial:A1")
    bench.expect_write(fourth, "--port", "path:pci-0000:00:14.0-usb-0:4")
    bench.expect_write(second, PWTRANSFER_PORT="serial:BBB2")
    bench.expect_write(first, "--port", first, PWTRANSFER_PORT="serial:BBB2")

    check_tray(bench, first, second)

    absent = bench.write("--port", "serial:CCC3")
    expect(absent.returncode == 69 and "--port usb:2e8a:000a:E660AAA1" in absent.stderr, absent.stderr)
    for text in ["usb:2e8a", "serial:", "com:1"]:
        expect(bench.write("--port", text).returncode == 64, f"--port {text}")
        expect(bench.write(PWTRANSFER_PORT=text).returncode == 78, f"PWTRANSFER_PORT={text}")

    changes = [board.modem_changes for board in bench.boards.values()]
    expect(changes == [[], [], [], []], f"modem lines were changed without being asked for: {changes}")
    bench.expect_write(third, "--port", third, "--dtr", "off", "--rts", "on")
    changes = [board.modem_changes for board in bench.boards.values()]
    expect(changes == [[], [], [(termios.TIOCM_DTR, False), (termios.TIOCM_RTS, True)], []], f"{changes}")


main()
