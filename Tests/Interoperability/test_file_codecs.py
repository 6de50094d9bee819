"""The reference's messages about resources and files against ours, on random ones. The seeds make every run the same."""

import json
import random
from collections.abc import Callable
from typing import Any

import pytest
from google.protobuf.message import DecodeError, Message
from pw_file.file_pb2 import DeleteRequest, ListRequest, ListResponse, Path
from pw_transfer.transfer_pb2 import ResourceStatus, ResourceStatusRequest

from test_codecs import COUNT, Ask, disordered, number, spoiled


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


MESSAGES = pytest.mark.parametrize(
    "command, make, fields",
    [("status", status, status_fields), ("list", listing, listing_fields)],
    ids=["status", "list"],
)
Make = Callable[[random.Random], Message]
Fields = Callable[[Message], dict[str, Any]]


def check(answer: dict[str, Any], message: Message, fields: Fields) -> None:
    """Our fields are the reference's, and what we write the reference reads as the same message."""
    encoded = bytes.fromhex(answer.pop("encoded"))
    assert answer == fields(message)
    assert type(message).FromString(encoded) == message


@MESSAGES
def test_messages_agree(ask_codecs: Ask, command: str, make: Make, fields: Fields) -> None:
    rng = random.Random(1)
    messages = [make(rng) for _ in range(COUNT)]
    answers = ask_codecs([f"{command} {message.SerializeToString().hex()}" for message in messages])
    for message, answer in zip(messages, answers):
        check(json.loads(answer), message, fields)


@MESSAGES
def test_disordered_messages_agree(ask_codecs: Ask, command: str, make: Make, fields: Fields) -> None:
    rng = random.Random(2)
    encoded = [disordered(rng, make(rng), make(rng)) for _ in range(COUNT)]
    answers = ask_codecs([f"{command} {message.hex()}" for message in encoded])
    message_type = type(make(rng))
    for message_bytes, answer in zip(encoded, answers):
        message = message_type.FromString(message_bytes)
        message.DiscardUnknownFields()
        check(json.loads(answer), message, fields)


@MESSAGES
def test_spoiled_messages(ask_codecs: Ask, command: str, make: Make, fields: Fields) -> None:
    """What we accept, the reference accepts, with the same fields; we drop numbers that are too large."""
    rng = random.Random(3)
    encoded = [spoiled(rng, make(rng).SerializeToString()) for _ in range(COUNT)]
    answers = ask_codecs([f"{command} {message.hex()}" for message in encoded])
    message_type = type(make(rng))
    accepted = 0
    for message_bytes, answer in zip(encoded, answers):
        decoded = json.loads(answer)
        if decoded is None:
            continue
        accepted += 1
        try:
            message = message_type.FromString(message_bytes)
        except DecodeError:
            pytest.fail(f"the reference rejects {message_bytes.hex()}")
        message.DiscardUnknownFields()
        for entry in getattr(message, "paths", []):
            entry.DiscardUnknownFields()
        check(decoded, message, fields)
    assert accepted > COUNT // 20


@pytest.mark.parametrize("message_type", [ListRequest, DeleteRequest])
def test_paths_agree(ask_codecs: Ask, message_type: type[Message]) -> None:
    rng = random.Random(4)
    messages = [message_type(path=name(rng)) if rng.random() < 0.9 else message_type() for _ in range(COUNT)]
    encoded = [message.SerializeToString() for message in messages]
    answers = ask_codecs([f"path {message.hex()}" for message in encoded])
    for message, message_bytes, answer in zip(messages, encoded, answers):
        decoded = json.loads(answer)
        assert bytes.fromhex(decoded["encoded"]) == message_bytes
        present = message.HasField("path") if message.DESCRIPTOR.fields_by_name["path"].has_presence else message.path
        assert decoded["path"] == (message.path.encode().hex() if present else None)


def test_status_requests_are_understood(ask_codecs: Ask) -> None:
    rng = random.Random(5)
    numbers = [0, *(number(rng, 32) for _ in range(COUNT))]
    for resource, answer in zip(numbers, ask_codecs([f"status-request {resource}" for resource in numbers])):
        assert ResourceStatusRequest.FromString(bytes.fromhex(json.loads(answer))).resource_id == resource
