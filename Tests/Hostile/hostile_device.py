#!/usr/bin/env python3
"""A device that harms whoever talks to it, in one of many ways: hostile_device.py BEHAVIOUR [option]...

It prints "port PORT" and "ready" like `pwtransfer simulate`, and runs until it is ended. `--list` tells the behaviours.
"""

import argparse
import contextlib
import os
import pathlib
import selectors
import socket
import sys
import time
import tty
from typing import Protocol

import wire
from behaviours import BEHAVIOURS, Behaviour

# No more bytes than this wait to be sent. So floods are as fast as the line, and need no memory here.
OUTPUT_LIMIT = 1 << 16


class Line(Protocol):
    """The line over which the device is reached."""

    name: str

    def descriptor(self) -> int | None: ...

    def hang_up(self) -> None: ...


class PseudoTerminal:
    """A pseudo-terminal under a symbolic link."""

    def __init__(self, link: pathlib.Path) -> None:
        self.name = str(link)
        self._link = link
        self._ends: tuple[int, int] | None = None
        self._open()

    def _open(self) -> None:
        self._ends = device, client = os.openpty()
        tty.setraw(client)
        os.set_blocking(device, False)
        fresh = self._link.with_name(self._link.name + ".new")
        fresh.unlink(missing_ok=True)
        fresh.symlink_to(os.ttyname(client))
        fresh.replace(self._link)

    def descriptor(self) -> int | None:
        return self._ends[0] if self._ends else None

    def hang_up(self) -> None:
        for end in self._ends or ():
            os.close(end)
        self._open()


class Listener:
    """A network address with one client at a time."""

    def __init__(self) -> None:
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.name = f"tcp:127.0.0.1:{self._socket.getsockname()[1]}"
        self._client: socket.socket | None = None

    def descriptor(self) -> int | None:
        if self._client is None:
            self._socket.settimeout(0.05)
            try:
                self._client, _ = self._socket.accept()
            except TimeoutError:
                return None
            self._client.setblocking(False)
        return self._client.fileno()

    def hang_up(self) -> None:
        if self._client is not None:
            self._client.close()
            self._client = None


class Device:
    """Gives received bytes and time to a behaviour, and sends what the behaviour wants to send."""

    def __init__(self, line: Line, behaviour: Behaviour) -> None:
        self._line = line
        self._behaviour = behaviour
        self._reader = wire.FrameReader()
        self._output = bytearray()
        self._hangs_up = False
        behaviour.device = self

    def send(self, frame: bytes) -> None:
        self._output += frame

    def hang_up(self) -> None:
        """Closes the port while the client uses it, once everything is sent."""
        self._hangs_up = True

    def run(self) -> None:
        due = time.monotonic()
        while True:
            descriptor = self._line.descriptor()
            if descriptor is None:
                continue
            now = time.monotonic()
            if now >= due and len(self._output) < OUTPUT_LIMIT:
                self._behaviour.tick()
                due = now + self._behaviour.interval
            try:
                self._exchange(descriptor, max(due - now, 0))
            except OSError:
                self._end()
                continue
            if self._hangs_up and not self._output:
                self._end()

    def _end(self) -> None:
        self._hangs_up = False
        self._output.clear()
        self._reader = wire.FrameReader()
        self._behaviour.forget()
        self._line.hang_up()

    def _exchange(self, descriptor: int, timeout: float) -> None:
        with selectors.DefaultSelector() as selector:
            wanted = selectors.EVENT_READ | (selectors.EVENT_WRITE if self._output else 0)
            selector.register(descriptor, wanted)
            if len(self._output) >= OUTPUT_LIMIT:
                timeout = None
            ready = selector.select(timeout)
        for _, events in ready:
            if events & selectors.EVENT_READ:
                received = os.read(descriptor, 1 << 16)
                if not received:
                    raise ConnectionResetError
                for payload in self._reader.feed(received):
                    self._behaviour.receive(wire.fields(payload))
            if events & selectors.EVENT_WRITE:
                with contextlib.suppress(BlockingIOError):
                    del self._output[: os.write(descriptor, self._output)]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("behaviour", nargs="?", choices=BEHAVIOURS, metavar="BEHAVIOUR")
    parser.add_argument("--list", action="store_true", help="tell the behaviours")
    parser.add_argument("--link", type=pathlib.Path, help="a pseudo-terminal under this link; otherwise a TCP port")
    parser.add_argument("--interval", type=float, help="seconds from one attack to the next")
    arguments = parser.parse_args()
    if arguments.list:
        for name, behaviour in BEHAVIOURS.items():
            print(f"{name:36}{behaviour.__doc__}")
        return
    if arguments.behaviour is None:
        parser.error("a behaviour is missing: see --list")
    behaviour = BEHAVIOURS[arguments.behaviour]()
    if arguments.interval is not None:
        behaviour.interval = arguments.interval
    line = PseudoTerminal(arguments.link) if arguments.link else Listener()
    print(f"port {line.name}\nready", flush=True)
    Device(line, behaviour).run()


if __name__ == "__main__":
    try:
        main()
    except KeyboardInterrupt:
        sys.exit(130)
