"""Floods of what belongs to no transfer, from the first call on."""

import os

import wire
from behaviours.behaviour import Behaviour, CHUNK


class Flood(Behaviour):
    """Sends the same again and again, as fast as the line takes it."""

    interval = 0
    flood = b""

    def tick(self) -> None:
        if self.call is not None:
            self.device.send(self.flood)


class FloodOfText(Flood):
    """Prints lines of text as fast as the line takes them."""

    flood = b"\x1b[2J\x1b]0;owned\x07 the device prints\r\n" * 100


class FloodWithoutLineEnd(Flood):
    """Prints text without a line's end."""

    flood = b"x" * 4096


class FloodOfFlags(Flood):
    """Sends nothing but flags."""

    flood = b"\x7e" * 4096


class FloodOfEscapes(Flood):
    """Sends nothing but escapes."""

    flood = b"\x7d" * 4096


class FloodOfNoise(Flood):
    """Sends random bytes."""

    def tick(self) -> None:
        if self.call is not None:
            self.device.send(os.urandom(4096))


class FloodOfLogs(Flood):
    """Sends frames with text to the address of logs."""

    flood = wire.frame(b"a log line\n", address=1) * 100


class FloodOfStrangers(Flood):
    """Sends packets of a call that nobody made."""

    flood = wire.packet(wire.SERVER_STREAM, wire.READ, 99_999, b"\x50\x00") * 100


class FloodOfLongFrames(Flood):
    """Sends frames of a MiB."""

    flood = b"\x7e" + b"x" * (1 << 20) + b"\x7e"


class FloodOfLateChunks(Flood):
    """Sends chunks of a session that is not the client's."""

    def tick(self) -> None:
        if self.call is not None and self.session is not None:
            for _ in range(50):
                self.send_data(0, CHUNK, 10, session=self.session + 1)


class FloodAfterEnd(Flood):
    """Moves a little, then sends completions as fast as the line takes them."""

    def confirmation(self) -> None:
        self.send(wire.COMPLETION, {wire.STATUS_FIELD: 15})

    def tick(self) -> None:
        if self.confirmed:
            for _ in range(50):
                self.send(wire.COMPLETION, {wire.STATUS_FIELD: 15})
