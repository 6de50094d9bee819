"""Reads and writes the resources of a device.

    manager = Manager("/dev/ttyACM0")
    try:
        data = manager.read(3)
        manager.write(2, b"hello, world")
    except Error as err:
        print("Failed:", err.status)

Each method runs the command `pwtransfer` with ``--json``. Managers share nothing: several devices at once are several
managers, each in a thread of its own.
"""

from __future__ import annotations

import io
import os
import subprocess
import tempfile
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Protocol, TypeVar, Unpack, cast

from pwtransfer._command import PIECE, Event, run
from pwtransfer._options import OPTIONS, CallOptions, ManagerOptions, Path, ReadOptions, WriteOptions
from pwtransfer._words import file_word, option_words
from pwtransfer.errors import (
    ConfigurationError,
    DeviceFailed,
    DeviceRefused,
    Error,
    InputFailed,
    InternalError,
    Interrupted,
    LinkBroke,
    NoDevice,
    NoPermission,
    OutputFailed,
    Temporary,
    TimedOut,
    UsageError,
    VerificationFailed,
)
from pwtransfer.records import DeviceFile, Port, ProgressStats, Record, ResourceStatus, Result, pick

__all__ = [
    "ConfigurationError",
    "DeviceFile",
    "DeviceFailed",
    "DeviceRefused",
    "Error",
    "Event",
    "EventCallback",
    "InputFailed",
    "InternalError",
    "Interrupted",
    "LinkBroke",
    "Manager",
    "NoDevice",
    "NoPermission",
    "OutputFailed",
    "Path",
    "Port",
    "ProgressCallback",
    "ProgressStats",
    "ReadOptions",
    "Resource",
    "ResourceStatus",
    "Result",
    "Temporary",
    "TimedOut",
    "UsageError",
    "VerificationFailed",
    "WriteOptions",
    "ports",
]

Resource = int | str
"""A resource: its number, its name in the configuration, or a /path of the device."""


class _Sink(Protocol):
    def write(self, data: bytes, /) -> object: ...


class _Source(Protocol):
    def read(self, size: int, /) -> bytes | None: ...


ProgressCallback = Callable[[ProgressStats], object]
EventCallback = Callable[[Event], object]


class Manager:
    """Reads and writes the resources of one device.

    Arguments: the port, as ``--port`` takes it (without it, the environment and the configuration count, then the only USB
    serial port); the program, if it is not the one of this package; and options of the command as keywords, which hold for
    each method whose command has them. A method's own options take precedence; None is the command's default.

    All methods take `timeout`, the seconds that the whole call may take, the wait for the port included. When they are over,
    or at KeyboardInterrupt, or when a callback raises, the transfer is ended on the device.
    """

    def __init__(
        self, port: Path | None = None, *, program: Path | None = None, **options: Unpack[ManagerOptions]
    ) -> None:
        known = {word for words in OPTIONS.values() for word in words}
        if unknown := options.keys() - known:
            raise TypeError(f"Manager has no option {sorted(unknown)[0]!r}")
        self._port = None if port is None else os.fspath(port)
        self._program = None if program is None else os.fspath(program)
        self._options: Mapping[str, object] = cast("Mapping[str, object]", options)
        self._running: set[subprocess.Popen[bytes]] = set()

    def read(
        self,
        resource_id: Resource,
        progress_callback: ProgressCallback | None = None,
        *,
        timeout: float | None = None,
        event_callback: EventCallback | None = None,
        **options: Unpack[ReadOptions],
    ) -> bytes:
        """Reads a resource, and returns its data."""
        data = bytearray()
        self._transfer(
            "read", ["--output=-"], [resource_id], options, timeout, progress_callback, event_callback, sink=data.extend
        )
        return bytes(data)

    def read_file(
        self,
        resource_id: Resource,
        file: Path | _Sink,
        progress_callback: ProgressCallback | None = None,
        *,
        timeout: float | None = None,
        event_callback: EventCallback | None = None,
        **options: Unpack[ReadOptions],
    ) -> Result:
        """Reads a resource into a file: a path, which the file takes only when it is complete, or an open binary file."""
        if isinstance(file, str | os.PathLike):
            target, sink = [f"--output={file_word(file)}"], None
        else:
            target, sink = ["--output=-"], _writer(file)
        return self._transfer("read", target, [resource_id], options, timeout, progress_callback, event_callback, sink=sink)

    def write(
        self,
        resource_id: Resource,
        data: bytes | bytearray | memoryview,
        progress_callback: ProgressCallback | None = None,
        *,
        timeout: float | None = None,
        event_callback: EventCallback | None = None,
        **options: Unpack[WriteOptions],
    ) -> Result:
        """Writes data to a resource."""
        with open(os.memfd_create("pwtransfer"), "w+b") as source:
            source.write(data)
            source.seek(0)
            return self._transfer(
                "write", [], [resource_id, "-"], options, timeout, progress_callback, event_callback, source=source
            )

    def write_file(
        self,
        resource_id: Resource,
        file: Path | _Source,
        progress_callback: ProgressCallback | None = None,
        *,
        timeout: float | None = None,
        event_callback: EventCallback | None = None,
        **options: Unpack[WriteOptions],
    ) -> Result:
        """Writes a file to a resource: a path, or an open binary file from where it is, which is copied first."""
        if isinstance(file, str | os.PathLike):
            return self._transfer(
                "write", [], [resource_id, file_word(file)], options, timeout, progress_callback, event_callback
            )
        with tempfile.TemporaryFile() as source:
            while piece := _present(file.read(PIECE)):
                source.write(piece)
            source.seek(0)
            return self._transfer(
                "write", [], [resource_id, "-"], options, timeout, progress_callback, event_callback, source=source
            )

    def files(
        self, path: str = "/", *, timeout: float | None = None, **options: Unpack[CallOptions]
    ) -> list[DeviceFile]:
        """The files of the device, by `pw.file.FileSystem`."""
        return self._call("ls", path, options, timeout, DeviceFile, "file")

    def remove(self, path: str, *, timeout: float | None = None, **options: Unpack[CallOptions]) -> None:
        """Removes a file of the device, by `pw.file.FileSystem`."""
        self._call("rm", path, options, timeout, DeviceFile, "removed")

    def status(
        self, resource_id: Resource, *, timeout: float | None = None, **options: Unpack[CallOptions]
    ) -> ResourceStatus:
        """Offsets and checksums of a resource, by `GetResourceStatus`, which many devices do not implement."""
        return self._call("status", resource_id, options, timeout, ResourceStatus, "resource_status")[0]

    def cancel(self) -> None:
        """Ends what this manager does in other threads, where it raises `Interrupted`; the device is told."""
        for process in list(self._running):
            process.terminate()

    def _transfer(
        self,
        command: str,
        words: Sequence[str],
        operands: Sequence[Resource],
        options: ReadOptions | WriteOptions,
        timeout: float | None,
        progress_callback: ProgressCallback | None,
        event_callback: EventCallback | None,
        **streams: Any,
    ) -> Result:
        device: Event = {}

        def take(event: Event) -> None:
            nonlocal device
            if event["type"] == "device_result":
                device = event
            if progress_callback and event["type"] == "progress":
                progress_callback(pick(ProgressStats, event))
            if event_callback:
                event_callback(event)

        result = run(
            [*self._words(command, options), *words, "--", *map(str, operands)],
            program=self._program,
            event_callback=take,
            timeout=timeout,
            resource_id=operands[0],
            running=self._running,
            **streams,
        )
        if progress_callback:
            transfer = result.get("transfer") or {}
            progress_callback(
                ProgressStats("done", result["bytes"], result["bytes"], transfer.get("rate"), 0, transfer.get("retransmissions", 0))
            )
        return pick(Result, {**result, "seconds": result.get("transfer", device)["duration_seconds"]})

    def _call(
        self,
        command: str,
        operand: Resource,
        options: CallOptions,
        timeout: float | None,
        kind: type[Record],
        event_type: str,
    ) -> list[Record]:
        found: list[Record] = []

        def take(event: Event) -> None:
            if event["type"] == event_type:
                found.append(pick(kind, event))

        words = [*self._words(command, options), "--", str(operand)]
        run(
            words,
            program=self._program,
            event_callback=take,
            timeout=timeout,
            resource_id=operand,
            running=self._running,
        )
        return found

    def _words(self, command: str, options: Mapping[str, object]) -> list[str]:
        names = OPTIONS[command]
        if unknown := options.keys() - names.keys():
            raise TypeError(f"{command} has no option {sorted(unknown)[0]!r}")
        words = [command, "--json", "--progress=auto"]
        if self._port is not None:
            words.append(f"--port={self._port}")
        for keyword, value in {**self._options, **options}.items():
            if keyword in names:
                words += option_words(names[keyword], value)
        return words


def ports(*, program: Path | None = None) -> list[Port]:
    """The serial ports of this machine, the newest last."""
    found: list[Port] = []

    def take(event: Event) -> None:
        if event["type"] == "port":
            found.append(pick(Port, event))

    run(["ports", "--json"], program=None if program is None else os.fspath(program), event_callback=take)
    return found


def _writer(file: _Sink) -> Callable[[bytes], object]:
    """Writes everything, also to an unbuffered file, which may take less than it is given."""

    def write(data: bytes) -> None:
        while data:
            count = file.write(data)
            if isinstance(file, io.RawIOBase):
                count = _present(count)
            data = data[count:] if isinstance(count, int) else b""

    return write


_Value = TypeVar("_Value")


def _present(value: _Value | None) -> _Value:
    """What a file gives, which is None if it does not block and has nothing now."""
    if value is None:
        raise BlockingIOError("the file is not in blocking mode")
    return value


