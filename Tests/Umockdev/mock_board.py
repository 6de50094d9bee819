"""A board on a mocked USB serial port, for drivers that run under umockdev-wrapper.

The node is a link to a pseudo-terminal of ours, whose master is the board's side; the pseudo-terminal answers the
ioctls of the line, and the modem lines, which it lacks, are kept here.
"""

import errno
import os
import queue
import select
import struct
import termios
import threading
import tty

import gi

gi.require_version("UMockdev", "1.0")
from gi.repository import UMockdev  # noqa: E402


def new_testbed():
    testbed = UMockdev.Testbed.new()
    # If this were asked before there is a testbed, the library would answer "no" for ever.
    assert UMockdev.in_mock_environment(), "run this under umockdev-wrapper"
    return testbed


def plug(testbed, machine, *boards):
    """Adds the devices of a machine description. The nodes of `boards` are made by the boards, not by umockdev."""
    with open(machine) as file:
        blocks = [block.strip("\n") for block in file.read().split("\n\n") if block.strip()]
    for board in boards:
        board.plug()
    for block in blocks:
        lines = [line for line in block.split("\n") if not line.startswith(("N: tty", "S: "))]
        testbed.add_from_string("\n".join(lines) + "\n")


# From <asm/ioctls.h>, with the size and the offset of the two rates in struct termios2.
TCSETS2 = 0x402C542B
TERMIOS2_SIZE, RATES_OFFSET = 44, 36

# From <asm-generic/ioctls.h>, with the size of struct serial_struct and the offset of its flags.
TIOCGSERIAL, TIOCSSERIAL = 0x541E, 0x541F
SERIAL_STRUCT_SIZE, FLAGS_OFFSET = 72, 16
LOW_LATENCY = 1 << 13
TIOCSBRK, TIOCCBRK = 0x5427, 0x5428


class MockBoard:
    """One serial port, `/dev/NAME`, from the side of the board."""

    def __init__(self, testbed, name):
        self.node = os.path.join(testbed.get_root_dir(), "dev", name)
        self.master = -1
        self.modem_lines = termios.TIOCM_CTS | termios.TIOCM_DSR
        self.modem_changes = []
        # The rates that programs have requested.
        self.rates = queue.Queue()
        self.break_changes = []
        self.unsent_bytes = 0
        self.highest_rate = None
        self.flags = 0
        self.flag_changes = []
        self.handler = UMockdev.IoctlBase()
        self.handler.connect("handle-ioctl", self.handle_ioctl)
        # The handler stays attached as long as the testbed: detaching it would abort the programs that have the port
        # open.
        testbed.attach_ioctl("/dev/" + name, self.handler)

    def plug(self):
        self.master, slave = os.openpty()
        tty.setraw(self.master)
        os.makedirs(os.path.dirname(self.node), exist_ok=True)
        os.symlink(os.ttyname(slave), self.node)
        # This end stays open until the board is unplugged; otherwise the master would hang up between two clients.
        self.slave = slave

    def unplug(self):
        os.unlink(self.node)
        os.close(self.slave)
        os.close(self.master)
        self.master = -1

    def relay(self, other):
        """Passes bytes between the port and the descriptor `other`, on a thread, until either ends."""
        threading.Thread(target=relay, args=(self.master, other), daemon=True).start()

    def handle_ioctl(self, _handler, client):
        request = client.props.request
        if request == TCSETS2:
            settings = client.props.arg.resolve(0, TERMIOS2_SIZE)
            rate = struct.unpack_from("I", bytes(settings.retrieve()), RATES_OFFSET + 4)[0]
            self.rates.put(rate)
            # Like ftdi_sio, this reports success, but sets another rate.
            if self.highest_rate is not None and rate > self.highest_rate:
                settings.update(RATES_OFFSET, struct.pack("II", 9600, 9600))
        result, code = client.execute()
        if result == -1 and code == errno.EIO:
            pass
        elif request == termios.TIOCMGET:
            client.props.arg.resolve(0, 4).update(0, struct.pack("i", self.modem_lines))
            result, code = 0, 0
        elif request == TIOCGSERIAL:
            settings = bytearray(SERIAL_STRUCT_SIZE)
            struct.pack_into("i", settings, FLAGS_OFFSET, self.flags)
            client.props.arg.resolve(0, SERIAL_STRUCT_SIZE).update(0, bytes(settings))
            result, code = 0, 0
        elif request == TIOCSSERIAL:
            settings = bytes(client.props.arg.resolve(0, SERIAL_STRUCT_SIZE).retrieve())
            self.flags = struct.unpack_from("i", settings, FLAGS_OFFSET)[0]
            self.flag_changes.append(self.flags)
            result, code = 0, 0
        elif request == termios.TIOCOUTQ:
            client.props.arg.resolve(0, 4).update(0, struct.pack("i", self.unsent_bytes))
            result, code = 0, 0
        elif request in (termios.TIOCMBIS, termios.TIOCMBIC):
            bits = struct.unpack("i", bytes(client.props.arg.resolve(0, 4).retrieve()))[0]
            if request == termios.TIOCMBIS:
                self.modem_lines |= bits
            else:
                self.modem_lines &= ~bits
            self.modem_changes.append((bits, request == termios.TIOCMBIS))
            result, code = 0, 0
        elif request in (TIOCSBRK, TIOCCBRK):
            self.break_changes.append(request == TIOCSBRK)
            result, code = 0, 0
        client.complete(result, code)
        return True


def relay(left, right):
    while True:
        readable, _, _ = select.select([left, right], [], [])
        for source in readable:
            try:
                data = os.read(source, 65536)
                if not data:
                    return
                target = right if source == left else left
                while data:
                    data = data[os.write(target, data):]
            except OSError:
                return
