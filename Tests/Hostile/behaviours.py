"""What a hostile device does. A class is a behaviour, its documentation one line; the base class is a device that is none."""

import os
import zlib
from typing import Any

import wire

CHUNK = bytes(range(200))
SIZE = 100_000


class Behaviour:
    """Takes each transfer on and does nothing more."""

    # Seconds between two calls of `tick`.
    interval = 0.02
    device: Any

    def __init__(self) -> None:
        self.forget()

    def forget(self) -> None:
        """There is a new client, or none."""
        self.call = self.method = self.session = None
        self.started = self.confirmed = self.ended = False
        self.position = 0
        self.window = 0

    # What arrives.

    def receive(self, packet: dict) -> None:
        kind, method, payload = packet.get(1, 0), packet.get(4), packet.get(5, b"")
        if kind == wire.REQUEST:
            self.forget()
            self.call, self.method = packet.get(7), method
            self.opened(payload)
        elif kind == wire.CLIENT_STREAM:
            self.chunk(wire.fields(payload))

    def opened(self, request: bytes) -> None:
        """A client made a call."""

    def chunk(self, chunk: dict) -> None:
        kind = chunk.get(wire.KIND)
        if kind == wire.START:
            self.session = chunk.get(wire.DESIRED_SESSION)
            self.resource = chunk.get(wire.RESOURCE)
            self.initial = chunk.get(wire.INITIAL_OFFSET, 0)
            self.started = True
            self.start()
        elif kind == wire.COMPLETION:
            self.ended = True
            self.completion()
        elif kind == wire.DATA:
            self.data(chunk)
        elif kind in (wire.CONFIRMATION, wire.RETRANSMIT, wire.CONTINUE):
            self.window = chunk.get(wire.WINDOW_END, 0)
            if kind == wire.CONFIRMATION:
                self.confirmed = True
                self.confirmation()
            else:
                self.parameters(kind, chunk.get(wire.OFFSET, 0))

    def start(self) -> None:
        self.acknowledge_start()

    def confirmation(self) -> None:
        pass

    def parameters(self, kind: int, offset: int) -> None:
        pass

    def data(self, chunk: dict) -> None:
        pass

    def completion(self) -> None:
        self.send(wire.COMPLETION_ACK)

    def tick(self) -> None:
        if self.confirmed and not self.ended:
            self.attack()

    def attack(self) -> None:
        """Every interval, while a transfer is under way."""

    # What goes out.

    def send(self, kind: int, fields: dict | None = None, data: bytes = b"", session: int | None = None) -> None:
        chunk = {wire.KIND: kind, wire.SESSION: self.session if session is None else session} | (fields or {})
        chunk[wire.BYTES] = data or None
        self.device.send(wire.packet(wire.SERVER_STREAM, self.method, self.call, wire.message(chunk)))

    def acknowledge_start(self, version: int = 2) -> None:
        fields = {wire.RESOURCE: self.resource, wire.VERSION: version, wire.INITIAL_OFFSET: self.initial or None}
        self.send(wire.START_ACK, fields)

    def send_data(self, offset: int, data: bytes, remaining: int | None = None, **fields: int) -> None:
        self.send(wire.DATA, {wire.OFFSET: offset, wire.REMAINING: remaining}, data, **fields)

    def ask(self, kind: int, offset: int, end: int, size: int = 200, delay: int | None = None) -> None:
        """Parameters of a write."""
        fields = {wire.OFFSET: offset, wire.WINDOW_END: end, wire.CHUNK_SIZE: size, wire.DELAY: delay}
        self.send(kind, fields)


# A device that keeps a transfer, or would, without a byte that is new.


class StartAcknowledgedForEver(Behaviour):
    """Acknowledges the start again and again."""

    def attack(self) -> None:
        self.acknowledge_start()


class StartAcknowledgedInOldVersion(Behaviour):
    """Acknowledges the start again and again, in the legacy protocol's version."""

    def start(self) -> None:
        pass

    def tick(self) -> None:
        if self.started and not self.ended:
            self.acknowledge_start(version=1)


class TalkBeforeStart(Behaviour):
    """Answers the start with parameters of version 2, again and again."""

    def start(self) -> None:
        pass

    def tick(self) -> None:
        if self.started and not self.ended:
            self.ask(wire.CONTINUE, 0, 1000)


class StreamForgotten(Behaviour):
    """Says something without meaning, then that it does not know the stream, each time."""

    def start(self) -> None:
        self.acknowledge_start(version=1)
        self.device.send(
            wire.packet(wire.SERVER_ERROR, self.method, self.call, status=wire.FAILED_PRECONDITION))


class NeverFree(Behaviour):
    """Has no free context, each time."""

    def start(self) -> None:
        self.send(wire.COMPLETION, {wire.STATUS_FIELD: wire.RESOURCE_EXHAUSTED})


class WrongResource(Behaviour):
    """Takes on another resource than was asked for, each time."""

    def start(self) -> None:
        self.send(wire.START_ACK, {wire.RESOURCE: self.resource + 1, wire.VERSION: 2})


class EmptyData(Behaviour):
    """Sends data chunks without data."""

    def attack(self) -> None:
        self.send_data(0, b"", SIZE)


class EmptyDataAhead(Behaviour):
    """Sends data chunks without data from behind a gap."""

    def attack(self) -> None:
        self.send_data(1000, b"", SIZE)


class Duplicates(Behaviour):
    """Sends the first chunk of the data again and again."""

    def attack(self) -> None:
        self.send_data(0, CHUNK, SIZE)


class DuplicatesInTurn(Behaviour):
    """Sends the first ten chunks of the data round and round."""

    def attack(self) -> None:
        self.send_data(self.position, CHUNK, SIZE - self.position)
        self.position = (self.position + len(CHUNK)) % (10 * len(CHUNK))


class WithoutFirst(Behaviour):
    """Sends everything but the first chunk, whatever it is asked for."""

    def attack(self) -> None:
        self.position = self.position % 5000 + len(CHUNK)
        self.send_data(self.position, CHUNK, SIZE - self.position)


class WithoutLast(Behaviour):
    """Sends everything but the last chunk, then the others again."""

    def attack(self) -> None:
        self.position = (self.position + len(CHUNK)) % 2000
        self.send_data(self.position, CHUNK, 2000 + len(CHUNK) - self.position)


class Acknowledgements(Behaviour):
    """Acknowledges a completion that nobody sent, again and again."""

    def attack(self) -> None:
        self.send(wire.COMPLETION_ACK)


class ByteByByte(Behaviour):
    """Announces a size and sends a byte of it each time."""

    interval = 0.1

    def attack(self) -> None:
        self.send_data(self.position, b"x", SIZE - self.position - 1)
        self.position += 1


class ByteForConnection(Behaviour):
    """Sends a byte, then closes the port; the next client gets the next byte."""

    def confirmation(self) -> None:
        self.send_data(self.initial, b"x", SIZE - self.initial - 1)
        self.device.hang_up()


class EndAcknowledgedNever(Behaviour):
    """Sends all data, then goes on sending the last chunk whatever is said."""

    def tick(self) -> None:
        if self.confirmed:
            self.send_data(0, CHUNK, 0)

    def completion(self) -> None:
        pass


class OldParameters(Behaviour):
    """Write: opens a window once, then tells of the same one again and again."""

    def confirmation(self) -> None:
        self.ask(wire.RETRANSMIT, 0, 1000)

    def attack(self) -> None:
        self.ask(wire.CONTINUE, 0, 1000)


class Rewinds(Behaviour):
    """Write: asks for the beginning again and again."""

    def attack(self) -> None:
        self.ask(wire.RETRANSMIT, 0, 1000)


class RewindsInTurn(Behaviour):
    """Write: takes all, then asks for the beginning again, a byte further each time."""

    def attack(self) -> None:
        self.ask(wire.RETRANSMIT, self.position % 100, 1000)
        self.position += 1


class EndAgain(Behaviour):
    """Write: takes all data, then opens a window at their end again and again."""

    end = 0

    def confirmation(self) -> None:
        self.ask(wire.RETRANSMIT, 0, 1 << 20)

    def data(self, chunk: dict) -> None:
        self.end = chunk.get(wire.OFFSET, 0) + len(chunk.get(wire.BYTES, b""))

    def attack(self) -> None:
        self.ask(wire.CONTINUE, self.end, self.end + 1000)


class ByteWindows(Behaviour):
    """Write: takes a byte each time."""

    interval = 0.1

    def attack(self) -> None:
        self.ask(wire.CONTINUE if self.position else wire.RETRANSMIT, self.position, self.position + 1)
        self.position += 1


class LongPause(Behaviour):
    """Write: wants more than an hour between two chunks, and talks meanwhile."""

    def confirmation(self) -> None:
        self.ask(wire.RETRANSMIT, 0, 1000, delay=0xFFFFFFFF)

    def attack(self) -> None:
        self.ask(wire.CONTINUE, 0, 1000, delay=0xFFFFFFFF)


class NoChunkSize(Behaviour):
    """Write: takes chunks of no bytes."""

    def attack(self) -> None:
        self.ask(wire.RETRANSMIT, 0, 1000, size=0)


class BehindEnd(Behaviour):
    """Write: asks for data behind their end."""

    def attack(self) -> None:
        self.ask(wire.RETRANSMIT, 1 << 31, (1 << 31) + 1000)


class SuccessAtOnce(Behaviour):
    """Ends each transfer with success before data were moved."""

    def confirmation(self) -> None:
        self.send(wire.COMPLETION, {wire.STATUS_FIELD: wire.OK})


# More than was announced or asked for.


class MoreThanAnnounced(Behaviour):
    """Announces 2000 bytes, then sends more without a word about it."""

    def attack(self) -> None:
        left = 2000 - self.position - len(CHUNK)
        self.send_data(self.position, CHUNK, left if left > 0 else None)
        self.position += len(CHUNK)


class GrowingSize(Behaviour):
    """Announces as much as before behind each chunk."""

    def attack(self) -> None:
        self.send_data(self.position, CHUNK, 2000)
        self.position += len(CHUNK)


class BehindFinal(Behaviour):
    """Sends a final chunk behind a gap, then data behind that."""

    def attack(self) -> None:
        self.send_data(0, CHUNK, 1000)
        self.send_data(1000, CHUNK, 0)
        self.send_data(1000 + len(CHUNK), CHUNK)


class BehindWindow(Behaviour):
    """Sends a chunk from where its window ends."""

    def attack(self) -> None:
        self.send_data(0, CHUNK)
        self.send_data(self.window + SIZE, CHUNK)


class FarAhead(Behaviour):
    """Sends data from where none were asked for."""

    def attack(self) -> None:
        self.send_data((1 << 32) - 1000, CHUNK, 100)


class OffsetOverflow(Behaviour):
    """Sends data at the last offset of 64 bits."""

    def attack(self) -> None:
        self.send_data((1 << 64) - 10, CHUNK, 100)


class Endless(Behaviour):
    """Sends all that it is asked for, without an end."""

    interval = 0

    def attack(self) -> None:
        for _ in range(100):
            if self.position >= self.window:
                return
            self.send_data(self.position, CHUNK)
            self.position += len(CHUNK)

    def parameters(self, kind: int, offset: int) -> None:
        if kind == wire.RETRANSMIT:
            self.position = offset


# Floods of what belongs to no transfer, from the first call on.


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


# Calls.


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


def _name(behaviour: type) -> str:
    return "".join("-" + letter.lower() if letter.isupper() else letter for letter in behaviour.__name__)[1:]


BEHAVIOURS = {
    _name(value): value
    for value in list(globals().values())
    if isinstance(value, type) and issubclass(value, Behaviour) and value not in (Behaviour, Flood)
}
