"""Compares our messages with the reference's, for random ones. The seeds make every run the same."""

import json
import random
from typing import Any

import pytest
from google.protobuf.message import DecodeError, Message

from random_messages import COUNT, KINDS, Ask, Kind, disordered, spoiled

ALL_KINDS = pytest.mark.parametrize("kind", KINDS, ids=[kind.command for kind in KINDS])


def ours(answer: str) -> dict[str, Any] | None:
    """Our fields; `None` if we drop the message."""
    members = json.loads(answer)
    return members and {name: value for name, value in members.items() if not name.startswith("meaning.")}


def check(decoded: dict[str, Any] | None, message: Message, kind: Kind) -> None:
    """Our fields match the reference's, and the reference reads the message that we write as the same message."""
    assert decoded is not None, message
    encoded = bytes.fromhex(decoded.pop("encoded"))
    assert decoded == kind.fields(message), message
    assert type(message).FromString(encoded) == message
    if kind.is_written_alike:
        assert encoded == message.SerializeToString()


def without_unknown_fields(message: Message) -> Message:
    message.DiscardUnknownFields()
    for entry in getattr(message, "paths", []):
        entry.DiscardUnknownFields()
    return message


@ALL_KINDS
def test_messages_agree(ask_codecs: Ask, kind: Kind) -> None:
    rng = random.Random(4)
    messages = [kind.make(rng) for _ in range(COUNT)]
    answers = ask_codecs([f"{kind.command} {message.SerializeToString().hex()}" for message in messages])
    for message, answer in zip(messages, answers):
        check(ours(answer), message, kind)


@ALL_KINDS
def test_disordered_messages_agree(ask_codecs: Ask, kind: Kind) -> None:
    """The fields come in any order, with unknown and repeated fields. The last of repeated fields counts."""
    rng = random.Random(5)
    encoded = [disordered(rng, kind.make(rng), kind.make(rng)) for _ in range(COUNT)]
    answers = ask_codecs([f"{kind.command} {message.hex()}" for message in encoded])
    message_type = type(kind.make(rng))
    for message_bytes, answer in zip(encoded, answers):
        check(ours(answer), without_unknown_fields(message_type.FromString(message_bytes)), kind)


@ALL_KINDS
def test_spoiled_messages(ask_codecs: Ask, kind: Kind) -> None:
    """The reference accepts every message that we accept, with the same fields.

    We drop more messages: those with numbers that are too large, unknown kinds, or fields of the wrong type.
    """
    rng = random.Random(6)
    encoded = [spoiled(rng, kind.make(rng).SerializeToString()) for _ in range(COUNT)]
    answers = ask_codecs([f"{kind.command} {message.hex()}" for message in encoded])
    message_type = type(kind.make(rng))
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
        check(decoded, without_unknown_fields(message), kind)
    assert accepted > COUNT // kind.spoiled_per_accepted
