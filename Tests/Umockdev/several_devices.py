#!/usr/bin/python3
"""umockdev-wrapper several_devices.py PWTRANSFER: read and write with --all, and files named by the devices.

Behind each port is a simulated device of its own, with other data.
"""

import json
import os
import socket
import sys
import tempfile

import boards
import mock_board
from commands import SimulatedDevice, TIMEOUT, expect, run

SIZE = 20_000


class Bench:
    def __init__(self, program, testbed, folder):
        self.program, self.folder = program, folder
        boards.add_hub(testbed)
        self.testbed = testbed
        self.devices, self.connections = {}, []
        self.add("ttyACM0", "1", "2e8a", "000a", "Pico", "E660AAA1")
        self.add("ttyACM1", "2", "2e8a", "000a", "Pico", "E660BBB2")

    def add(self, name, *description):
        board = boards.Board(self.testbed, name, *description)
        board.plug()
        device = SimulatedDevice(self.program, os.path.join(self.folder, name), access="rw")
        connection = socket.create_connection(("127.0.0.1", device.port), TIMEOUT)
        connection.settimeout(None)
        board.relay(connection.fileno())
        self.devices[f"/dev/{name}"] = device
        self.connections.append(connection)

    def fill(self):
        """Gives each device its own data."""
        for device in self.devices.values():
            with open(device.path, "wb") as file:
                file.write(os.urandom(SIZE))

    def read(self, name, *options):
        """Reads into a new folder; returns the result and the files in the folder."""
        with tempfile.TemporaryDirectory() as folder:
            result = run(self.program, "read", "2", "-o", os.path.join(folder, name), *options)
            files = {}
            for file_name in os.listdir(folder):
                with open(os.path.join(folder, file_name), "rb") as file:
                    files[file_name] = file.read()
            return result, files

    def expect_read(self, name, names, *options):
        """Expects that each device's data are in its file, and that there is no other file."""
        self.fill()
        result, files = self.read(name, *options)
        expect(result.returncode == 0, f"{options}: {result.returncode}, {result.stderr}")
        expect(files == {names[node]: self.devices[node].data for node in names}, f"{options}: {list(files)}")
        return result

    def expect_nothing_read(self, name, message, *options):
        result, files = self.read(name, *options)
        expect(result.returncode == 64, f"{options}: {result.returncode}, {result.stderr}")
        expect(message in result.stderr, f"{options}: {result.stderr}")
        expect(files == {}, f"{options}: {list(files)}")

    def write(self, *options):
        source = os.path.join(self.folder, "source")
        with open(source, "wb") as file:
            file.write(os.urandom(SIZE))
        result = run(self.program, "write", "2", source, *options)
        expect(result.returncode == 0, f"{options}: {result.returncode}, {result.stderr}")
        with open(source, "rb") as file:
            return file.read()

    def end(self):
        for device in self.devices.values():
            device.end()


def check(bench):
    picos = {"/dev/ttyACM0": "log-E660AAA1.bin", "/dev/ttyACM1": "log-E660BBB2.bin"}
    result = bench.expect_read("log-{serial}.bin", picos, "--all")
    expect(result.stdout.count("PASS") + result.stderr.count("PASS") == 2, result.stdout + result.stderr)
    result = bench.expect_read("log-{serial}.bin", picos, "--all", "--json")
    ends = [json.loads(line) for line in result.stdout.splitlines()]
    ends = {end["port"]: (end["exit_code"], end["serial_number"]) for end in ends if end["type"] == "device_result"}
    expect(ends == {"/dev/ttyACM0": (0, "E660AAA1"), "/dev/ttyACM1": (0, "E660BBB2")}, f"{ends}")
    bench.expect_nothing_read("log.bin", "give each a file of its own", "--all")

    # The third board is of another kind and has no serial number.
    bench.add("ttyACM2", "3", "1a86", "55d4", "Clone")
    bench.expect_nothing_read("log-{serial}.bin", "/dev/ttyACM2 has no serial number", "--all")
    bench.expect_read("log-{serial}.bin", picos, "--all", "--port", "usb:2e8a:000a")
    bench.expect_read(
        "log-{serial}.bin", picos, "--port", "serial:AAA1", "--port", "usb:2e8a:000a:E660BBB2")
    nodes = list(bench.devices)
    bench.expect_read("{port}-{index}", {node: f"{node[5:]}-{nodes.index(node) + 1}" for node in nodes}, "--all")

    written = bench.write("--all", "--port", "usb:2e8a:000a")
    expect([device.data == written for device in bench.devices.values()] == [True, True, False], "write to picos")
    written = bench.write("--all")
    expect(all(device.data == written for device in bench.devices.values()), "write to all")


def main():
    with tempfile.TemporaryDirectory() as folder:
        bench = Bench(sys.argv[1], mock_board.new_testbed(), folder)
        try:
            check(bench)
        finally:
            bench.end()
    print("several devices: each has its file, and each was written")


main()
