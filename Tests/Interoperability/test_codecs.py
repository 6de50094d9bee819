"""The reference codecs against ours, on random messages. The seeds make every run the same."""

import json
import random
from collections.abc import Callable
from typing import Any

import pytest
from google.protobuf.message import DecodeError, Message
from pw_hdlc.decode import FrameDecoder
from pw_hdlc.encode import ui_frame
from pw_rpc.internal.packet_pb2 import RpcPacket
from pw_transfer.chunk import Chunk, ProtocolVersion
from pw_transfer.transfer_pb2 import Chunk as ChunkMessage

Ask = Callable[[list[str]], list[str]]

COUNT = 3000
CONTROL = 3
SPECIAL_BYTES = b"\x7e\x7d\x5e\x5d\x03\xa5"


# Random values: every size, and the borders more often than chance has them.


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


# Ways to write the same message, and to spoil it.


def fields_of(encoded: bytes) -> list[bytes]:
    """A message cut into its fields."""
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


# What both sides are compared by.


def fields(message: Message) -> dict[str, Any]:
    """The fields as the CodecPeer names them: null is absent, bytes are hexadecimal."""
    result: dict[str, Any] = {}
    for field in message.DESCRIPTOR.fields:
        value = getattr(message, field.name)
        if field.has_presence and not message.HasField(field.name):
            value = None
        result[field.name] = value.hex() if isinstance(value, bytes) else value
    return result


def ours(answer: str) -> dict[str, Any] | None:
    members = json.loads(answer)
    return members and {name: value for name, value in members.items() if not name.startswith("meaning.")}


def expected(message: Message) -> dict[str, Any]:
    return fields(message) | {"encoded": message.SerializeToString().hex()}


# Frames


def deframed_by_reference(encoded: bytes) -> list[list[Any]]:
    return [
        [frame.address, frame.control[0], frame.data.hex()]
        for frame in FrameDecoder().process(encoded)
        if frame.ok()
    ]


def test_frames_are_encoded_alike(ask_codecs: Ask) -> None:
    rng = random.Random(1)
    frames = [(number(rng, 64), data(rng, 1200)) for _ in range(COUNT)]
    answers = ask_codecs([f"frame {address} {payload.hex()}" for address, payload in frames])
    for (address, payload), answer in zip(frames, answers):
        encoded = json.loads(answer)
        assert encoded == ui_frame(address, payload).hex()
        assert deframed_by_reference(bytes.fromhex(encoded)) == [[address, CONTROL, payload.hex()]]


@pytest.mark.parametrize("size", [1, 7, 100_000], ids=lambda size: f"{size}-at-a-time")
def test_frames_are_decoded_alike(ask_codecs: Ask, size: int) -> None:
    rng = random.Random(2)
    frames = [(number(rng, 64), data(rng, 1200)) for _ in range(COUNT)]
    answers = ask_codecs([f"deframe {size} {ui_frame(*frame).hex()}" for frame in frames])
    for (address, payload), answer in zip(frames, answers):
        assert json.loads(answer) == [[address, CONTROL, payload.hex()]]


def noisy_line(rng: random.Random) -> bytes:
    """Frames that share flags or do not, damaged frames, console text, flags and escapes."""
    line = b""
    for _ in range(rng.randrange(1, 12)):
        frame = ui_frame(rng.choice([1, 82, number(rng, 64)]), data(rng, 80))
        damaged = bytearray(frame)
        damaged[rng.randrange(len(frame))] ^= 1 << rng.randrange(8)
        line += rng.choice(
            [
                frame,
                frame,
                frame[1:] if line.endswith(b"~") else frame,
                frame[: rng.randrange(len(frame))],
                bytes(damaged),
                b"I (312) boot: ready ~}\r\n",
                bytes(rng.choices(SPECIAL_BYTES, k=rng.randrange(8))),
                rng.randbytes(rng.randrange(30)),
            ]
        )
    return line


@pytest.mark.parametrize("size", [1, 5, 100_000], ids=lambda size: f"{size}-at-a-time")
def test_the_same_frames_are_found_in_noise(ask_codecs: Ask, size: int) -> None:
    rng = random.Random(3)
    lines = [noisy_line(rng) for _ in range(COUNT)]
    answers = ask_codecs([f"deframe {size} {line.hex()}" for line in lines])
    found = 0
    for line, answer in zip(lines, answers):
        assert json.loads(answer) == deframed_by_reference(line), line.hex()
        found += len(json.loads(answer))
    assert found > COUNT


# Messages: packets and chunks alike.

MESSAGES = pytest.mark.parametrize(
    "command, make", [("packet", packet), ("chunk", chunk)], ids=["packet", "chunk"]
)


@MESSAGES
def test_messages_agree(ask_codecs: Ask, command: str, make: Callable[[random.Random], Message]) -> None:
    rng = random.Random(4)
    messages = [make(rng) for _ in range(COUNT)]
    answers = ask_codecs([f"{command} {message.SerializeToString().hex()}" for message in messages])
    for message, answer in zip(messages, answers):
        assert ours(answer) == expected(message)


@MESSAGES
def test_disordered_messages_agree(
    ask_codecs: Ask, command: str, make: Callable[[random.Random], Message]
) -> None:
    """Any order of fields, unknown fields, and repeated fields, of which the last counts."""
    rng = random.Random(5)
    encoded = [disordered(rng, make(rng), make(rng)) for _ in range(COUNT)]
    answers = ask_codecs([f"{command} {message.hex()}" for message in encoded])
    message_type = type(make(rng))
    for message_bytes, answer in zip(encoded, answers):
        message = message_type.FromString(message_bytes)
        message.DiscardUnknownFields()
        assert ours(answer) == expected(message), message_bytes.hex()


@MESSAGES
def test_spoiled_messages(ask_codecs: Ask, command: str, make: Callable[[random.Random], Message]) -> None:
    """What we accept, the reference accepts, with the same fields.

    We drop more: numbers that are too large for their field, unknown kinds, fields of the wrong type.
    """
    rng = random.Random(6)
    encoded = [spoiled(rng, make(rng).SerializeToString()) for _ in range(COUNT)]
    answers = ask_codecs([f"{command} {message.hex()}" for message in encoded])
    message_type = type(make(rng))
    accepted = 0
    for message_bytes, answer in zip(encoded, answers):
        decoded = ours(answer)
        if decoded is None:
            continue
        accepted += 1
        try:
            message = message_type.FromString(message_bytes)
        except DecodeError:
            pytest.fail(f"the reference rejects {message_bytes.hex()}")
        message.DiscardUnknownFields()
        assert decoded == expected(message), message_bytes.hex()
    assert accepted > COUNT // 10


def test_chunks_mean_the_same(ask_codecs: Ask) -> None:
    """Version, type and window as inferred for peers that leave fields out."""
    rng = random.Random(7)
    messages = [chunk(rng) for _ in range(COUNT)]
    for message in messages:
        # The reference does not decode unknown codes, and takes a typeless completion for parameters.
        message.status = rng.randrange(17)
        if not message.HasField("type"):
            message.ClearField("status")
    answers = ask_codecs([f"chunk {message.SerializeToString().hex()}" for message in messages])
    for message, answer in zip(messages, answers):
        meaning = json.loads(answer)
        reference = Chunk.from_message(message)
        assert meaning["meaning.version"] == reference.protocol_version.value
        if reference.protocol_version is ProtocolVersion.LEGACY or message.HasField("type"):
            assert meaning["meaning.kind"] == reference.type, message
        # A window of zero pending bytes is one to the reference in Python, but absent in C++, as to us.
        if message.pending_bytes > 0 or not message.HasField("pending_bytes"):
            assert meaning["meaning.window_end"] == min(reference.window_end_offset, (1 << 64) - 1)
