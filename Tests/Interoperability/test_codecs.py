"""Compares our codecs with the reference's, for random frames and chunks. The seeds make every run the same."""

import json
import random
from typing import Any

import pytest
from pw_hdlc.decode import FrameDecoder
from pw_hdlc.encode import ui_frame
from pw_transfer.chunk import Chunk, ProtocolVersion

from random_messages import COUNT, SPECIAL_BYTES, Ask, chunk, data, number

CONTROL = 3

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
    """Frames with or without shared flags, damaged frames, console text, flags and escapes."""
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



def test_chunks_mean_the_same(ask_codecs: Ask) -> None:
    """Version, type and window are inferred for peers that leave fields out."""
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
        # If no bytes are pending, the Python reference sees an empty window; C++ sees no window, and so do we.
        if message.pending_bytes > 0 or not message.HasField("pending_bytes"):
            assert meaning["meaning.window_end"] == min(reference.window_end_offset, (1 << 64) - 1)
