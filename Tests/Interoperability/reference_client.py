"""The reference client: pw_transfer's Python `Manager` over pw_rpc over HDLC on a serial port."""

import asyncio
import contextlib
import pathlib
from collections.abc import Iterator
from typing import Any

import serial
from pw_hdlc.rpc import HdlcRpcClient, default_channels
from pw_stream.stream_readers import SelectableReader
from pw_transfer import Manager, transfer_pb2
from pw_transfer.transfer import Transfer

STREAM_OPENING_DELAY_S = 0.1


class PromptManager(Manager):
    """A manager that waits for 0.1 s between opening a stream and the first chunk, instead of 1 s.

    The protocol requires a pause there, but does not define its length. Nothing else is changed.
    """

    def _start_read_transfer(self, transfer: Transfer) -> None:
        self._read_transfers[transfer.resource_id] = transfer
        self._read_stream.open()
        self._begin(transfer)

    def _start_write_transfer(self, transfer: Transfer) -> None:
        self._write_transfers[transfer.resource_id] = transfer
        self._write_stream.open()
        self._begin(transfer)

    def _begin(self, transfer: Transfer) -> None:
        self._loop.call_soon_threadsafe(
            self._loop.call_later,
            STREAM_OPENING_DELAY_S,
            lambda: self._new_transfer_queue.put_nowait(transfer),
        )


@contextlib.contextmanager
def connect(
    port: pathlib.Path, manager_type: type[Manager] = PromptManager, **options: Any
) -> Iterator[Manager]:
    """A manager on a serial port; the options are those of `Manager`."""
    with serial.Serial(str(port), baudrate=115200, timeout=0) as line:
        with SelectableReader(line, 8192) as reader:
            client = HdlcRpcClient(reader, [transfer_pb2], default_channels(line.write))
            manager = manager_type(client.rpcs().pw.transfer.Transfer, **options)
            try:
                with client:
                    yield manager
            finally:
                stop(manager)


def stop(manager: Manager) -> None:
    """Ends the manager's thread and tasks, which would otherwise continue."""
    loop = manager._loop
    loop.call_soon_threadsafe(manager._quit_event.set)
    manager._thread.join()
    tasks = asyncio.all_tasks(loop)
    for task in tasks:
        task.cancel()
    loop.run_until_complete(asyncio.gather(*tasks, return_exceptions=True))
    loop.close()
