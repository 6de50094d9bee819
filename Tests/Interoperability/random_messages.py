"""Random messages of every kind that our codecs know, ways to reorder and to spoil them, and the fields that are
compared.
"""

import random
from collections.abc import Callable
from typing import Any, NamedTuple

from google.protobuf.message import Message
from pw_file.file_pb2 import ListResponse, Path
from pw_rpc.internal.packet_pb2 import RpcPacket
from pw_transfer.transfer_pb2 import Chunk as ChunkMessage
from pw_transfer.transfer_pb2 import ResourceStatus

Ask = Callable[[list[str]], list[str]]

COUNT = 3000
SPECIAL_BYTES = b"\x7e\x7d\x5e\x5d\x03\xa5"


# Random values of every size. Borders are more frequent than they would be by chance.


def number(rng: random.Random, bits: int) -> int:
    border = (1 << rng.randrange(bits + 1)) + rng.choice([-1, 0, 1])
    value = rng.choice([border, rng.getrandbits(rng.randrange(1, bits + 1))])
    return min(max(value, 0), (1 << bits) - 1)


def data(rng: random.Random, maximum: int) -> bytes:
    size = rng.randrange(rng.choice([2, 20, maximum]))
    if rng.random() < 0.3:
        return bytes(rng.choices(SPECIAL_BYTES, k=size))
    return rng.randbytes(size)


def packet(rng: random.Random) -> RpcPacket:
    return RpcPacket(
        type=rng.choice([0, 1, 2, 4, 5, 7, 8]),
        channel_id=max(number(rng, 32), 1),
        service_id=max(number(rng, 32), 1),
        method_id=max(number(rng, 32), 1),
        payload=data(rng, 600),
        status=rng.choice([0, 0, rng.randrange(17), number(rng, 32)]),
        call_id=rng.choice([0, number(rng, 32)]),
    )


def chunk(rng: random.Random) -> ChunkMessage:
    """Any combination of fields that a receiver does not drop."""
    message = ChunkMessage()
    for field in ChunkMessage.DESCRIPTOR.fields:
        if rng.random() < 0.5:
            continue
        if field.name == "data":
            message.data = data(rng, 600)
        elif field.name == "type":
            message.type = rng.randrange(8)
        elif field.name == "protocol_version":
            message.protocol_version = rng.choice([1, 2])
        else:
            setattr(message, field.name, number(rng, 64 if field.type == field.TYPE_UINT64 else 32))
    if message.HasField("session_id") and message.HasField("desired_session_id"):
        message.ClearField(rng.choice(["session_id", "desired_session_id"]))
    return message


def name(rng: random.Random) -> str:
    """Any text: folders, control characters, letters of several bytes."""
    parts = ["/", "..", "logs", "\x1b[31m", "é", "e\u0301", "\u202e", "\N{SNOWMAN}", "\0", "boot.txt", "\U0001f600"]
    return "".join(rng.choices(parts, k=rng.randrange(8)))


def status(rng: random.Random) -> ResourceStatus:
    message = ResourceStatus(
        resource_id=number(rng, 32),
        status=rng.choice([0, rng.randrange(17), number(rng, 32)]),
        writeable_offset=number(rng, 64),
        readable_offset=number(rng, 64),
    )
    if rng.random() < 0.5:
        message.write_checksum = number(rng, 64)
    if rng.random() < 0.5:
        message.read_checksum = number(rng, 64)
    return message


def path(rng: random.Random) -> Path:
    message = Path(path=name(rng))
    if rng.random() < 0.7:
        message.permissions = rng.randrange(4)
    if rng.random() < 0.7:
        message.size_bytes = number(rng, 32)
    if rng.random() < 0.7:
        message.file_id = number(rng, 32)
    return message


def listing(rng: random.Random) -> ListResponse:
    return ListResponse(paths=[path(rng) for _ in range(rng.randrange(4))])


# Other ways to write the same message, and ways to spoil it.


def fields_of(encoded: bytes) -> list[bytes]:
    """The fields of a message, cut apart."""
    fields = []
    while encoded:
        size = field_size(encoded)
        fields.append(encoded[:size])
        encoded = encoded[size:]
    return fields


def field_size(encoded: bytes) -> int:
    tag, position = varint(encoded, 0)
    match tag & 7:
        case 0:
            return varint(encoded, position)[1]
        case 2:
            size, position = varint(encoded, position)
            return position + size
        case 5:
            return position + 4
    raise AssertionError(f"wire type of {encoded.hex()}")


def varint(encoded: bytes, position: int) -> tuple[int, int]:
    value = shift = 0
    while True:
        byte = encoded[position]
        value |= (byte & 0x7F) << shift
        shift += 7
        position += 1
        if byte < 0x80:
            return value, position


UNKNOWN_FIELDS = [
    bytes.fromhex("f80105"),  # 31, varint
    bytes.fromhex("a2060361 6263"),  # 100, bytes
    bytes.fromhex("a90601020304 05060708"),  # 101, fixed64
    bytes.fromhex("b50601020304"),  # 102, fixed32
]


def disordered(rng: random.Random, message: Message, other: Message) -> bytes:
    """The message with its fields in any order, some written twice, among fields that no one knows."""
    known = fields_of(message.SerializeToString())
    numbers = {varint(field, 0)[0] for field in known}
    overwritten = [field for field in fields_of(other.SerializeToString()) if varint(field, 0)[0] in numbers]
    fields = known + rng.sample(UNKNOWN_FIELDS, rng.randrange(len(UNKNOWN_FIELDS)))
    rng.shuffle(fields)
    return b"".join(rng.sample(overwritten, rng.randrange(len(overwritten) + 1)) + fields)


def spoiled(rng: random.Random, encoded: bytes) -> bytes:
    if not encoded or rng.random() < 0.1:
        return rng.randbytes(rng.randrange(40))
    if rng.random() < 0.3:
        return encoded[: rng.randrange(len(encoded))]
    result = bytearray(encoded)
    for _ in range(rng.randrange(1, 4)):
        result[rng.randrange(min(len(result), 24))] = rng.choice([0, 0x7F, 0x80, 0xFF, rng.randrange(256)])
    return bytes(result)


# The fields by which both sides are compared.


def all_fields(message: Message) -> dict[str, Any]:
    """The fields with CodecPeer's names: null stands for an absent field, bytes are hexadecimal."""
    result: dict[str, Any] = {}
    for field in message.DESCRIPTOR.fields:
        value = getattr(message, field.name)
        if field.has_presence and not message.HasField(field.name):
            value = None
        result[field.name] = value.hex() if isinstance(value, bytes) else value
    return result


def status_fields(message: ResourceStatus) -> dict[str, Any]:
    fields = {field.name: getattr(message, field.name) for field in message.DESCRIPTOR.fields}
    for checksum in ("write_checksum", "read_checksum"):
        if not message.HasField(checksum):
            fields[checksum] = None
    return fields


def listing_fields(message: ListResponse) -> dict[str, Any]:
    def optional(entry: Path, field: str) -> int | None:
        return getattr(entry, field) if entry.HasField(field) else None

    return {
        "paths": [
            [entry.path.encode().hex(), *(optional(entry, field) for field in ("permissions", "size_bytes", "file_id"))]
            for entry in message.paths
        ]
    }


class Kind(NamedTuple):
    """A kind of message, as CodecPeer knows it."""

    command: str
    make: Callable[[random.Random], Message]
    # Returns the fields of the reference's message, with CodecPeer's names.
    fields: Callable[[Message], dict[str, Any]]
    # Of this many spoiled messages, at least one is accepted.
    spoiled_per_accepted: int
    # Whether we write the same bytes as the reference.
    is_written_alike: bool


KINDS = [
    Kind("packet", packet, all_fields, 10, True),
    Kind("chunk", chunk, all_fields, 10, True),
    Kind("status", status, status_fields, 20, False),
    Kind("list", listing, listing_fields, 20, False),
]
