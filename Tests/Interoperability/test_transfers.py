"""The reference client against our simulated device, on a pseudo-terminal."""

import random
from collections.abc import Callable

import pytest
from pw_status import Status
from pw_transfer import Error, Manager, ProtocolVersion

from reference_client import connect
from simulated_device import SimulatedDevice

Start = Callable[..., SimulatedDevice]

FAST_LINE = ("--baud", "50000000", "--min-delay", "0")
VERSIONS = pytest.mark.parametrize(
    "version", [ProtocolVersion.VERSION_TWO, ProtocolVersion.LEGACY], ids=["v2", "legacy"]
)
SIZES = pytest.mark.parametrize("size", [0, 1, 448, 449, 4096, 65536, 1 << 20])


def content(size: int) -> bytes:
    return random.Random(size).randbytes(size)


@VERSIONS
@SIZES
def test_read(start_device: Start, size: int, version: ProtocolVersion) -> None:
    device = start_device(*FAST_LINE)
    device.readable.write_bytes(content(size))
    with connect(device.port, max_chunk_size_bytes=448, default_protocol_version=version) as manager:
        assert manager.read(device.READABLE) == content(size)


@VERSIONS
@SIZES
def test_write(start_device: Start, size: int, version: ProtocolVersion) -> None:
    device = start_device(*FAST_LINE)
    with connect(device.port, default_protocol_version=version) as manager:
        manager.write(device.WRITABLE, content(size))
    assert device.written.read_bytes() == content(size)


def test_unchanged_manager(start_device: Start) -> None:
    """As a user of the Python package has it: all defaults, both directions on one connection."""
    device = start_device()
    device.readable.write_bytes(content(5000))
    with connect(device.port, Manager) as manager:
        manager.write(device.WRITABLE, content(3000))
        assert manager.read(device.READABLE) == content(5000)
    assert device.written.read_bytes() == content(3000)


def test_transfers_in_sequence(start_device: Start) -> None:
    device = start_device(*FAST_LINE)
    device.readable.write_bytes(content(1000))
    with connect(device.port, max_chunk_size_bytes=448) as manager:
        for size in [2000, 0, 449]:
            manager.write(device.WRITABLE, content(size))
            assert device.written.read_bytes() == content(size)
            assert manager.read(device.READABLE) == content(1000)


def test_a_second_connection(start_device: Start) -> None:
    """The device lives on when a client goes away; the next one begins with the same session and call ids."""
    device = start_device(*FAST_LINE)
    device.readable.write_bytes(content(1000))
    for _ in range(2):
        with connect(device.port, max_chunk_size_bytes=448) as manager:
            assert manager.read(device.READABLE) == content(1000)


@VERSIONS
def test_size_not_known_to_the_device(start_device: Start, version: ProtocolVersion) -> None:
    device = start_device(*FAST_LINE, "--unknown-size")
    device.readable.write_bytes(content(4480))
    with connect(device.port, max_chunk_size_bytes=448, default_protocol_version=version) as manager:
        assert manager.read(device.READABLE) == content(4480)


@pytest.mark.parametrize("offset", [1, 448, 4095])
def test_read_from_an_offset(start_device: Start, offset: int) -> None:
    device = start_device(*FAST_LINE)
    device.readable.write_bytes(content(4096))
    with connect(device.port, max_chunk_size_bytes=448) as manager:
        assert manager.read(device.READABLE, initial_offset=offset) == content(4096)[offset:]


@pytest.mark.parametrize("offset", [1, 448, 4096])
def test_write_from_an_offset(start_device: Start, offset: int) -> None:
    device = start_device(*FAST_LINE)
    device.written.write_bytes(content(4096))
    with connect(device.port) as manager:
        manager.write(device.WRITABLE, b"firmware" * 200, initial_offset=offset)
    assert device.written.read_bytes()[: offset + 1600] == content(4096)[:offset] + b"firmware" * 200


@VERSIONS
def test_unknown_resource(start_device: Start, version: ProtocolVersion) -> None:
    device = start_device(*FAST_LINE)
    with connect(device.port, default_protocol_version=version) as manager:
        with pytest.raises(Error) as read:
            manager.read(device.ABSENT)
        with pytest.raises(Error) as write:
            manager.write(device.ABSENT, content(100))
    assert (read.value.status, write.value.status) == (Status.NOT_FOUND, Status.NOT_FOUND)


@pytest.mark.parametrize("client", [ProtocolVersion.VERSION_TWO, ProtocolVersion.LEGACY], ids=["v2", "legacy"])
def test_legacy_firmware(start_device: Start, client: ProtocolVersion) -> None:
    device = start_device(*FAST_LINE, "--legacy")
    device.readable.write_bytes(content(5000))
    with connect(device.port, max_chunk_size_bytes=448, default_protocol_version=client) as manager:
        manager.write(device.WRITABLE, content(5000))
        assert manager.read(device.READABLE) == content(5000)
    assert device.written.read_bytes() == content(5000)


# With timeouts of a tenth of a second for lost frames, and patience enough for a run of them.
IMPATIENT = dict(
    default_response_timeout_s=0.1, initial_response_timeout_s=0.2, max_retries=20, max_chunk_size_bytes=448
)


@VERSIONS
@pytest.mark.parametrize("seed", range(1, 4))
def test_lost_frames(start_device: Start, seed: int, version: ProtocolVersion) -> None:
    """Two frames in a hundred are lost in either direction."""
    device = start_device(*FAST_LINE, "--drop", "0.02", "--seed", str(seed))
    device.readable.write_bytes(content(40_000))
    with connect(device.port, default_protocol_version=version, **IMPATIENT) as manager:
        assert manager.read(device.READABLE) == content(40_000)
        manager.write(device.WRITABLE, content(30_000))
    assert device.written.read_bytes() == content(30_000)
