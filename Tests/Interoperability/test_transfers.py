"""The reference client against our simulated device, on a pseudo-terminal."""

import random
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

import pytest
from pw_status import Status
from pw_transfer import Error, Manager, ProtocolVersion

from reference_client import connect
from simulated_device import SimulatedDevice

Start = Callable[..., SimulatedDevice]
T = TypeVar("T")

FAST_LINE = ("--min-delay", "0")
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
    """The manager as a user of the Python package has it: all defaults, both directions on one connection."""
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
    """The device continues after its client has gone. The next client begins with the same session and call ids."""
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


def status_of(transfer: Callable[[], object]) -> Status:
    """The status with which a transfer fails."""
    with pytest.raises(Error) as error:
        transfer()
    return error.value.status


@VERSIONS
def test_unknown_resource(start_device: Start, version: ProtocolVersion) -> None:
    device = start_device(*FAST_LINE)
    with connect(device.port, default_protocol_version=version) as manager:
        assert status_of(lambda: manager.read(device.ABSENT)) is Status.NOT_FOUND
        assert status_of(lambda: manager.write(device.ABSENT, content(100))) is Status.NOT_FOUND


def test_refusals(start_device: Start) -> None:
    """The answers of a device to unsupported requests. The reference's handlers give the same statuses."""
    device = start_device(*FAST_LINE, "--no-offset")
    device.readable.write_bytes(content(100))
    with connect(device.port) as manager:
        assert status_of(lambda: manager.read(device.WRITABLE)) is Status.PERMISSION_DENIED
        assert status_of(lambda: manager.write(device.READABLE, b"x")) is Status.PERMISSION_DENIED
        assert status_of(lambda: manager.read(device.READABLE, initial_offset=1)) is Status.UNIMPLEMENTED
    assert device.readable.read_bytes() == content(100)


def test_read_from_behind_the_end(start_device: Start) -> None:
    device = start_device(*FAST_LINE)
    device.readable.write_bytes(content(100))
    with connect(device.port) as manager:
        assert manager.read(device.READABLE, initial_offset=100) == b""
        status = status_of(lambda: manager.read(device.READABLE, initial_offset=101))
    assert status is Status.RESOURCE_EXHAUSTED


def test_chunks_larger_than_stock_firmware_can_send(start_device: Start) -> None:
    """The reference client asks for chunks of 1024 bytes, which do not fit the device's packets."""
    device = start_device(*FAST_LINE)
    device.readable.write_bytes(content(40_000))
    with connect(device.port) as manager:
        assert status_of(lambda: manager.read(device.READABLE)) is Status.DATA_LOSS


def test_both_directions_at_once(start_device: Start) -> None:
    device = start_device()
    device.readable.write_bytes(content(60_000))
    with connect(device.port, max_chunk_size_bytes=448) as manager:
        # Both streams are opened first, one after the other.
        manager.write(device.WRITABLE, b"")
        manager.read(device.READABLE, initial_offset=60_000)
        with ThreadPoolExecutor() as executor:
            write = executor.submit(manager.write, device.WRITABLE, content(50_000))
            read = executor.submit(manager.read, device.READABLE)
            write.result()
            assert read.result() == content(60_000)
    assert device.written.read_bytes() == content(50_000)


@VERSIONS
def test_legacy_firmware(start_device: Start, version: ProtocolVersion) -> None:
    device = start_device(*FAST_LINE, "--legacy")
    device.readable.write_bytes(content(5000))
    with connect(device.port, max_chunk_size_bytes=448, default_protocol_version=version) as manager:
        manager.write(device.WRITABLE, content(5000))
        assert manager.read(device.READABLE) == content(5000)
    assert device.written.read_bytes() == content(5000)


# The timeouts are a tenth of a second, for lost frames; the retries are enough for several losses in a row.
IMPATIENT = dict(
    default_response_timeout_s=0.1, initial_response_timeout_s=0.2, max_retries=20, max_chunk_size_bytes=448
)


def reopening(transfer: Callable[[], T]) -> T:
    """Makes a transfer, and repeats it if the request that opens the stream was lost.

    In this case, the reference client ends the transfer with INTERNAL, but opens the stream again.
    """
    try:
        return transfer()
    except Error as error:
        if error.status is not Status.INTERNAL:
            raise
        return transfer()


FAULTS = pytest.mark.parametrize("fault", ["drop", "corrupt"])


@VERSIONS
@FAULTS
@pytest.mark.parametrize("seed", range(1, 4))
def test_faulty_line(start_device: Start, seed: int, fault: str, version: ProtocolVersion) -> None:
    """Two frames in a hundred are lost or damaged in either direction."""
    device = start_device(*FAST_LINE, f"--{fault}", "0.02", "--seed", str(seed))
    device.readable.write_bytes(content(80_000))
    with connect(device.port, default_protocol_version=version, **IMPATIENT) as manager:
        assert reopening(lambda: manager.read(device.READABLE)) == content(80_000)
        reopening(lambda: manager.write(device.WRITABLE, content(80_000)))
    assert device.written.read_bytes() == content(80_000)
