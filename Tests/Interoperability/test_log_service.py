"""The reference's client listens to the simulated device's log service, and restarts the device."""

import contextlib
import queue
from collections.abc import Callable, Iterator

import pytest
import serial
from pw_hdlc.rpc import HdlcRpcClient, default_channels
from pw_log.log_decoder import Log, LogStreamDecoder
from pw_log.proto import log_pb2
from pw_log_rpc.rpc_log_stream import LogStreamHandler
from pw_rpc.callback_client import RpcTimeout
from pw_stream.stream_readers import SelectableReader
from pw_system_protos import device_service_pb2
from pw_tokenizer import tokens
from pw_tokenizer.detokenize import Detokenizer

from simulated_device import SimulatedDevice

PATIENCE_S = 60
CONSOLE = "device:console=10ms,form=rpc,text=Line %25u,from=contact,drop=5"


@contextlib.contextmanager
def connect(device: SimulatedDevice) -> Iterator[HdlcRpcClient]:
    with serial.Serial(str(device.port), baudrate=115200, timeout=0) as line:
        with SelectableReader(line, 8192) as reader:
            client = HdlcRpcClient(reader, [log_pb2, device_service_pb2], default_channels(line.write))
            with client:
                yield client


def test_the_reference_listens(start_device: Callable[..., SimulatedDevice]) -> None:
    found: queue.Queue[Log] = queue.Queue()
    detokenizer = Detokenizer(tokens.Database.from_strings(["Line %u"]))
    with connect(start_device("--fault", CONSOLE)) as client:
        LogStreamHandler(client.rpcs(), LogStreamDecoder(found.put, detokenizer)).start_logging()
        logs = [found.get(timeout=PATIENCE_S) for _ in range(30)]
    # Every fifth message is dropped, and the next message says so.
    dropped = "Dropped 1 log due to enqueue failure at source"
    lines = [f"Line {number}" if number % 5 else dropped for number in range(1, 40)]
    assert [log.message for log in logs] == lines[:30]
    assert {log.level for log in logs if log.message != dropped} == {20}
    assert {log.file_and_line for log in logs if log.message != dropped} == {":100"}


def test_the_reference_restarts_it(start_device: Callable[..., SimulatedDevice]) -> None:
    device = start_device()
    with connect(device) as client, pytest.raises(RpcTimeout):
        client.rpcs().pw.system.proto.DeviceService.Reboot(pw_rpc_timeout_s=2)
    assert "the device starts again" in device.next_line()
