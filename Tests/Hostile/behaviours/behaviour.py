"""What all behaviours share."""

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
