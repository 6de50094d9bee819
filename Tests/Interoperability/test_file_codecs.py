"""Compares our requests about resources and files with the reference's, for random ones. The seeds make every run the
same.
"""

import json
import random

import pytest
from google.protobuf.message import Message
from pw_file.file_pb2 import DeleteRequest, ListRequest
from pw_transfer.transfer_pb2 import ResourceStatusRequest

from random_messages import COUNT, Ask, name, number


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
