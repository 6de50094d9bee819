"""Transfers by the Python module, with the built program and its simulated device."""

import io
import os
import pathlib
import signal
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack

import pytest
from conftest import PATIENCE

from pwtransfer import simulation, transfer

DATA = bytes(index * 7 % 251 for index in range(40_000))
# On this line, a transfer of DATA takes 20 seconds, so that a test can do something in the middle.
SLOW = {"baud": 19200, "min_delay": 0}


@pytest.fixture
def device():
    with simulation.Device({2: b"", 3: DATA, 4: b""}, min_delay=0) as device:
        yield device


@pytest.fixture
def manager(device):
    return transfer.Manager(device.port)


def test_reads_and_writes(manager, device):
    assert manager.read(3) == DATA
    result = manager.write(2, DATA[:10_000])
    assert (result.bytes, result.verified, result.skipped) == (10_000, None, False)
    assert result.transfer["direction"] == "write"
    assert device.data(2) == DATA[:10_000]


def test_no_event_of_the_device_is_lost():
    """The reader of a pipe takes more at once than the event that is waited for."""
    with simulation.Device({3: b"log"}) as device:
        for _ in range(3):
            assert transfer.Manager(device.port).read(3) == b"log"
        device.wait_for("device_transfer")
    assert [event["type"] for event in device.events].count("device_transfer") == 3
    assert device.events[-1]["type"] == "result"


@pytest.mark.parametrize("kind", [bytes, bytearray, memoryview])
def test_writes_whatever_holds_bytes(manager, device, kind):
    manager.write(2, kind(b"hello, world"))
    assert device.data(2) == b"hello, world"


def test_files_by_their_names(manager, device, tmp_path, monkeypatch):
    result = manager.read_file(3, tmp_path / "log.bin")
    assert result.bytes == len(DATA)
    assert (tmp_path / "log.bin").read_bytes() == DATA
    assert manager.write_file(2, str(tmp_path / "log.bin"), verify="readback").verified == "readback"
    assert device.data(2) == DATA
    assert manager.write_file(2, tmp_path / "log.bin", if_changed=True).skipped
    # These are files with such names, not standard input and output.
    monkeypatch.chdir(tmp_path)
    manager.read_file(3, "-")
    assert pathlib.Path("-").read_bytes() == DATA
    manager.write_file(4, "-")
    assert device.data(4) == DATA


def test_open_files(manager, device, tmp_path):
    memory = io.BytesIO(b"before ")
    memory.seek(0, io.SEEK_END)
    manager.read_file(3, memory)
    assert memory.getvalue() == b"before " + DATA
    with open(tmp_path / "raw", "wb", buffering=0) as raw:
        manager.read_file(3, raw)
    assert (tmp_path / "raw").read_bytes() == DATA
    memory.seek(7)
    manager.write_file(2, memory)
    assert device.data(2) == DATA
    with open(tmp_path / "raw", "rb") as file:
        file.read(1000)
        manager.write_file(4, file)
    assert device.data(4) == DATA[1000:]


def test_writes_all_to_a_file_that_takes_little(manager):
    class Little(io.RawIOBase):
        def __init__(self):
            self.content = b""

        def write(self, data):
            self.content += bytes(data[:777])
            return len(data[:777])

    little = Little()
    manager.read_file(3, little)
    assert little.content == DATA


def test_a_file_that_does_not_block_is_an_error_and_not_less_data(manager, device):
    class Absent(io.RawIOBase):
        def read(self, size=-1):
            return None

        def write(self, data):
            return None

    with pytest.raises(BlockingIOError):
        manager.write_file(2, Absent())
    with pytest.raises(BlockingIOError):
        manager.read_file(3, Absent())


def test_a_full_file_ends_the_read(device, manager):
    class Full(io.BytesIO):
        def write(self, data):
            raise OSError("the disk is full")

    with pytest.raises(OSError, match="the disk is full"):
        manager.read_file(3, Full())
    assert manager.read(3) == DATA


def test_an_empty_write_is_refused_unless_allowed(manager, device):
    with pytest.raises(transfer.InputFailed) as caught:
        manager.write(2, b"")
    assert caught.value.exit_code == 66
    manager.write(3, b"", allow_empty=True)
    assert device.data(3) == b""


def test_progress():
    with simulation.Device({3: DATA[:10_000]}, baud=38400, min_delay=0) as device:
        seen: list[transfer.ProgressStats] = []
        events = []
        transfer.Manager(device.port).read(3, seen.append, event_callback=events.append)
    moved = [stats.bytes for stats in seen]
    assert moved == sorted(moved)
    assert {stats.phase for stats in seen[:-1]} <= {"waiting", "preparing", "moving"}
    assert seen[-1].phase == "done"
    assert (seen[-1].bytes, seen[-1].total, seen[-1].percent_received()) == (10_000, 10_000, 100)
    assert (seen[-1].total_size_bytes, seen[-1].bytes_confirmed_received) == (10_000, 10_000)
    assert [event["type"] for event in events][:2] == ["start", "port_opened"]
    assert events[-1]["type"] == "result"


def test_a_callback_that_raises_ends_the_transfer_on_the_device():
    class Enough(Exception):
        pass

    def stop_in_the_middle(stats):
        if stats.bytes:
            raise Enough

    with simulation.Device({2: b"", 3: DATA}, **SLOW) as device:
        manager = transfer.Manager(device.port)
        with pytest.raises(Enough):
            manager.read(3, stop_in_the_middle)
        assert device.wait_for("device_transfer")["status"] == "CANCELLED"
        with pytest.raises(Enough):
            manager.write(2, DATA, stop_in_the_middle)
        assert device.wait_for("device_transfer")["status"] == "CANCELLED"


MOVING = """
import sys
from pwtransfer import transfer

def progress(stats):
    if stats.bytes:
        print("moving", flush=True)

transfer.Manager(sys.argv[1]).read(3, progress)
"""


def start_moving(device) -> subprocess.Popen:
    """Starts another Python, which is then in the middle of a read."""
    process = subprocess.Popen(
        [sys.executable, "-c", MOVING, device.port],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True,
    )  # fmt: skip
    assert process.stdout.readline() == "moving\n"
    return process


@pytest.mark.parametrize("of_terminal", [False, True], ids=["process", "group"])
def test_keyboard_interrupt_ends_the_transfer_on_the_device(of_terminal):
    with simulation.Device({3: DATA}, **SLOW) as device:
        process = start_moving(device)
        if of_terminal:
            os.killpg(process.pid, signal.SIGINT)
        else:
            process.send_signal(signal.SIGINT)
        _, errors = process.communicate(timeout=PATIENCE)
        assert device.wait_for("device_transfer")["status"] == "CANCELLED"
    assert "KeyboardInterrupt" in errors
    assert process.returncode == -signal.SIGINT


def test_no_read_outlives_its_python():
    with simulation.Device({3: DATA, 4: b"log"}, **SLOW) as device:
        process = start_moving(device)
        process.kill()
        process.wait(PATIENCE)
        assert device.wait_for("device_transfer")["status"] != "OK"
        # The port is free again.
        assert transfer.Manager(device.port, wait=PATIENCE).read(4) == b"log"
        process.communicate(timeout=PATIENCE)


def test_cancel_from_another_thread():
    with simulation.Device({3: DATA}, **SLOW) as device, ThreadPoolExecutor() as pool:
        manager = transfer.Manager(device.port)
        is_moving = threading.Event()
        future = pool.submit(manager.read, 3, lambda stats: stats.bytes and is_moving.set())
        assert is_moving.wait(PATIENCE)
        manager.cancel()
        with pytest.raises(transfer.Interrupted) as caught:
            future.result(PATIENCE)
        assert caught.value.exit_code == 143
        assert device.wait_for("device_transfer")["status"] == "CANCELLED"
        manager.cancel()


def test_several_devices_side_by_side():
    with ExitStack() as stack, ThreadPoolExecutor() as pool:
        devices = [stack.enter_context(simulation.Device({2: b"", 3: bytes([number]) * 5000})) for number in range(4)]
        managers = [transfer.Manager(device.port) for device in devices]
        data = list(pool.map(lambda manager: manager.read(3), managers))
        assert data == [bytes([number]) * 5000 for number in range(4)]
        list(pool.map(lambda manager: manager.write(2, DATA), managers))
        assert [device.data(2) for device in devices] == [DATA] * 4


def test_timeout():
    with simulation.Device({3: DATA}, **SLOW) as device:
        with pytest.raises(transfer.TimedOut) as caught:
            transfer.Manager(device.port).read(3, timeout=1)
    assert isinstance(caught.value, transfer.Temporary)
    assert isinstance(caught.value, TimeoutError)
    assert (caught.value.exit_code, caught.value.verdict, caught.value.code) == (75, "retry", "timed_out")
    assert "within 1 s" in str(caught.value)


def test_timeout_counts_while_waiting_for_the_port(tmp_path):
    with pytest.raises(transfer.TimedOut):
        transfer.Manager(tmp_path / "no-board", wait=True).read(3, timeout=0.2)


def test_files_status_and_ports(tmp_path):
    (tmp_path / "boot.txt").write_bytes(b"boot")
    with simulation.Device(
        {5: DATA}, file=[f"/logs/boot.txt={tmp_path}/boot.txt:rw"], resource_status=True
    ) as device:
        manager = transfer.Manager(device.port, chunk_size="100", answer_timeout=5)
        files = manager.files("/logs/")
        assert [(file.path, file.size, file.readable, file.writable) for file in files] == [
            ("/logs/boot.txt", 4, True, True)
        ]
        assert manager.read("/logs/boot.txt") == b"boot"
        assert manager.read_file("/logs/", tmp_path / "logs").bytes == 4
        status = manager.status(5)
        assert (status.resource, status.readable_offset) == (5, len(DATA))
        assert status.read_checksum.startswith("0x")
        manager.remove("/logs/boot.txt")
        assert manager.files() == []
    assert all(port.node.startswith("/dev/") for port in transfer.ports())


def test_notes_and_logs_go_to_logging(manager, caplog):
    caplog.set_level("DEBUG", logger="pwtransfer")
    messages = []
    manager.read(3, event_callback=lambda event: event["type"] == "log" and messages.append(event["message"]), verbose=2)
    assert messages
    assert [record.message for record in caplog.records if record.levelname == "DEBUG"] == messages
