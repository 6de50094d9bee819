"""A device that keeps a transfer, or would, without a byte that is new."""

import wire
from behaviours.behaviour import Behaviour, CHUNK, SIZE


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
    """Write: takes some data, then asks for the beginning again, a byte further each time."""

    end = 0

    def confirmation(self) -> None:
        self.end = 0

    def data(self, chunk: dict) -> None:
        self.end = max(self.end, chunk.get(wire.OFFSET, 0) + len(chunk.get(wire.BYTES, b"")))

    def attack(self) -> None:
        # Data that were never sent cannot be asked for again.
        self.ask(wire.RETRANSMIT, self.position % min(self.end + 1, 100), 1000)
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

    def data(self, chunk: dict) -> None:
        self.position = chunk.get(wire.OFFSET, 0) + len(chunk.get(wire.BYTES, b""))

    def attack(self) -> None:
        self.ask(wire.CONTINUE if self.position else wire.RETRANSMIT, self.position, self.position + 1)


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
