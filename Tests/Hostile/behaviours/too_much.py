"""More than was announced or asked for."""

import wire
from behaviours.behaviour import Behaviour, CHUNK, SIZE


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
