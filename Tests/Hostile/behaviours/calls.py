"""Answers to calls that are no transfers, and lies about what the device has."""

import zlib

import wire
from behaviours.behaviour import Behaviour


class SlowList(Behaviour):
    """Lists a file each half second, without an end."""

    interval = 0.5

    def tick(self) -> None:
        if self.method == wire.LIST:
            self.position += 1
            self.list_file()

    def list_file(self) -> None:
        file = wire.message({1: b"/file%d" % self.position, 2: 3, 3: 1, 4: self.position})
        self.device.send(wire.packet(wire.SERVER_STREAM, self.method, self.call, wire.message({1: file})))


class EndlessList(SlowList):
    """Lists files as fast as the line takes them, without an end."""

    interval = 0


class SlowEmptyList(SlowList):
    """Sends an empty piece of a list each half second."""

    def list_file(self) -> None:
        self.device.send(wire.packet(wire.SERVER_STREAM, self.method, self.call))


class LongNames(SlowList):
    """Lists files with names of 400 bytes, without an end."""

    interval = 0

    def list_file(self) -> None:
        file = wire.message({1: b"/" + b"n" * 400 + b"%d" % self.position, 2: 3, 3: 1, 4: self.position})
        self.device.send(wire.packet(wire.SERVER_STREAM, self.method, self.call, wire.message({1: file})))


class StatusStream(Behaviour):
    """Answers a question for a status with a stream that does not end."""

    interval = 0.1

    def tick(self) -> None:
        if self.method == wire.STATUS:
            self.device.send(wire.packet(wire.SERVER_STREAM, self.method, self.call, b"\x08\x02"))


class Liar(Behaviour):
    """Write: keeps nothing, reports success, and tells the checksum of what was sent."""

    checksum = size = 0

    def confirmation(self) -> None:
        type(self).checksum = type(self).size = 0
        self.ask(wire.RETRANSMIT, 0, 1 << 20)

    def data(self, chunk: dict) -> None:
        data = chunk.get(wire.BYTES, b"")
        if chunk.get(wire.OFFSET, 0) == self.size:
            type(self).checksum = zlib.crc32(data, self.checksum)
            type(self).size += len(data)
        if chunk.get(wire.REMAINING) == 0:
            self.send(wire.COMPLETION, {wire.STATUS_FIELD: wire.OK})

    def opened(self, request: bytes) -> None:
        if self.method != wire.STATUS:
            return
        resource = wire.fields(request).get(1, 0)
        status = wire.message({1: resource, 2: wire.OK, 3: self.size, 4: self.size, 5: self.checksum, 6: self.checksum})
        self.device.send(wire.packet(wire.RESPONSE, self.method, self.call, status, status=wire.OK))


class Boast(Behaviour):
    """Write: says that it is up as long as its old firmware runs, and nothing after its restart."""

    boast = wire.frame(b"Boot OK\n", address=1)
    is_restarted = False

    def confirmation(self) -> None:
        self.ask(wire.RETRANSMIT, 0, 1 << 20)

    def data(self, chunk: dict) -> None:
        if chunk.get(wire.REMAINING) == 0:
            self.device.send(self.boast)
            self.send(wire.COMPLETION, {wire.STATUS_FIELD: wire.OK})
            self.ended = True

    def tick(self) -> None:
        if self.ended and not self.is_restarted:
            self.device.send(self.boast)

    def opened(self, request: bytes) -> None:
        if self.method == wire.REBOOT:
            self.is_restarted = True
        elif self.method not in (wire.READ, wire.WRITE):
            # The question whether it is there.
            answer = wire.packet(
                wire.SERVER_ERROR, self.method, self.call, status=wire.NOT_FOUND, service=wire.DEVICE_SERVICE)
            self.device.send(self.boast + answer)
