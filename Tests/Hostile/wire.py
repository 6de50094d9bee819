"""Frames, packets and chunks as bytes, written independently of the program under test. Anything can be encoded."""

import zlib
from collections.abc import Iterator

READ, WRITE, STATUS = 0x5B7866DA, 0xD4630586, 0xC913C0BB
LIST, DELETE = 0xE1AB40E2, 0x2A2DE411
REBOOT = 0x1DD9896B
TRANSFER_SERVICE, FILE_SERVICE, DEVICE_SERVICE = 0x5BD6C87B, 0xE7A9ECA8, 0xB5F7759C
REQUEST, CLIENT_STREAM = 0, 2
RESPONSE, SERVER_ERROR, SERVER_STREAM = 1, 5, 7
DATA, START, RETRANSMIT, CONTINUE, COMPLETION, COMPLETION_ACK, START_ACK, CONFIRMATION = range(8)
OK, NOT_FOUND, RESOURCE_EXHAUSTED, FAILED_PRECONDITION = 0, 5, 8, 9
# The fields of a chunk.
TRANSFER_ID, PENDING, CHUNK_SIZE, DELAY, OFFSET, BYTES, REMAINING, STATUS_FIELD, WINDOW_END, KIND = range(1, 11)
RESOURCE, SESSION, VERSION, DESIRED_SESSION, INITIAL_OFFSET = range(11, 16)


def varint(value: int) -> bytes:
    encoded = bytearray()
    while value > 0x7F:
        encoded.append(value & 0x7F | 0x80)
        value >>= 7
    encoded.append(value)
    return bytes(encoded)


def fixed32(number: int, value: int) -> bytes:
    return varint(number << 3 | 5) + value.to_bytes(4, "little")


def message(fields: dict[int, int | bytes | None]) -> bytes:
    """A protobuf message of numbers and bytes; fields that are `None` are left out."""
    encoded = b""
    for number, value in fields.items():
        if isinstance(value, bytes):
            encoded += varint(number << 3 | 2) + varint(len(value)) + value
        elif value is not None:
            encoded += varint(number << 3) + varint(value)
    return encoded


def fields(encoded: bytes) -> dict[int, int | bytes]:
    """The fields of a message from our own client. If a number occurs more than once, the last field counts."""
    found: dict[int, int | bytes] = {}
    position = 0

    def number() -> int:
        nonlocal position
        value = shift = 0
        while True:
            byte = encoded[position]
            position += 1
            value |= (byte & 0x7F) << shift
            shift += 7
            if byte < 0x80:
                return value

    while position < len(encoded):
        tag = number()
        if tag & 7 == 0:
            found[tag >> 3] = number()
            continue
        size = {1: 8, 5: 4}.get(tag & 7) or number()
        content = encoded[position : position + size]
        position += size
        found[tag >> 3] = content if tag & 7 == 2 else int.from_bytes(content, "little")
    return found


def frame(payload: bytes, address: int = 82) -> bytes:
    content = bytes([address << 1 | 1, 3]) + payload
    content += zlib.crc32(content).to_bytes(4, "little")
    return b"\x7e" + content.replace(b"\x7d", b"\x7d\x5d").replace(b"\x7e", b"\x7d\x5e") + b"\x7e"


def packet(
    kind: int, method: int, call: int, payload: bytes = b"", *, status: int | None = None, service: int | None = None
) -> bytes:
    """A packet for the method, in a frame."""
    service = service or (FILE_SERVICE if method in (LIST, DELETE) else TRANSFER_SERVICE)
    head = message({1: kind, 2: 1}) + fixed32(3, service) + fixed32(4, method)
    return frame(head + message({5: payload or None, 6: status, 7: call}))


class FrameReader:
    """Finds the payloads of the frames in received bytes."""

    def __init__(self) -> None:
        self._content = b""

    def feed(self, received: bytes) -> Iterator[bytes]:
        *complete, self._content = (self._content + received).split(b"\x7e")
        for content in complete:
            content = content.replace(b"\x7d\x5e", b"\x7e").replace(b"\x7d\x5d", b"\x7d")
            if len(content) >= 6 and zlib.crc32(content[:-4]) == int.from_bytes(content[-4:], "little"):
                yield content[2:-4]
