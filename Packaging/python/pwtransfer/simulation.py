"""A simulated device, for tests without a board.

    with simulation.Device({2: b"", 3: b"log"}) as device:
        assert transfer.Manager(device.port).read(3) == b"log"
"""

from __future__ import annotations

import json
import os
import pathlib
import signal
import subprocess
import tempfile
import threading
from collections.abc import Mapping
from types import TracebackType
from typing import Self, Unpack, cast

from pwtransfer._command import STOP_SECONDS, Event, find_program
from pwtransfer._options import OPTIONS, Path, SimulateOptions
from pwtransfer._words import option_words
from pwtransfer.errors import error_of


class Device:
    """Runs `pwtransfer simulate` on a pseudo-terminal.

    Arguments: the resources, by their numbers, each a file (a path, which a write replaces) or its data; and options of
    `simulate` as keywords. All resources can be read and written.
    """

    def __init__(
        self,
        resources: Mapping[int, bytes | Path],
        *,
        program: Path | None = None,
        **options: Unpack[SimulateOptions],
    ) -> None:
        names = OPTIONS["simulate"]
        if unknown := options.keys() - names.keys():
            raise TypeError(f"simulate has no option {sorted(unknown)[0]!r}")
        self._program = find_program() if program is None else os.fspath(program)
        self._resources = dict(resources)
        self._words = [
            word
            for keyword, value in cast("Mapping[str, object]", options).items()
            for word in option_words(names[keyword], value)
        ]

    def __enter__(self) -> Self:
        self._folder = tempfile.TemporaryDirectory(prefix="pwtransfer-")
        self.port = str(pathlib.Path(self._folder.name, "board"))
        """What to give to `Manager`."""
        self._files = {number: self._file(number) for number in self._resources}
        words = [f"--resource={number}={file}:rw" for number, file in self._files.items()]
        self._process = subprocess.Popen(
            [self._program, "simulate", "--json", f"--link={self.port}", *words, *self._words],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            # Control-C ends the transfer on the device, which has to be there for that.
            process_group=0,
        )
        self.events: list[Event] = []
        """What the device has told so far as it was waited for, and after the end everything."""
        try:
            self.wait_for("device_ready")
        except BaseException:
            self._end()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._end()

    def data(self, resource: int) -> bytes:
        """What a resource holds."""
        return pathlib.Path(self._files[resource]).read_bytes()

    def wait_for(self, kind: str) -> Event:
        """Waits until the device tells an event of this type, such as "device_transfer" at the end of a transfer."""
        assert self._process.stdout
        for line in self._process.stdout:
            self.events.append(json.loads(line))
            if self.events[-1]["type"] == kind:
                return self.events[-1]
            if self.events[-1]["type"] == "result" and self.events[-1]["exit_code"] != 0:
                raise error_of(self.events[-1])
        raise EOFError(f"the device has ended without an event of type {kind}")

    def _file(self, number: int) -> str:
        content = self._resources[number]
        if not isinstance(content, bytes):
            return os.fspath(content)
        file = pathlib.Path(self._folder.name, str(number))
        file.write_bytes(content)
        return str(file)

    def _end(self) -> None:
        assert self._process.stdout
        self._process.terminate()
        killer = threading.Timer(STOP_SECONDS, self._process.kill)
        killer.start()
        try:
            # `communicate` would miss the events that the buffer of the stream holds already.
            self.events += [json.loads(line) for line in self._process.stdout if line.endswith(b"\n")]
            if self._process.wait() == -signal.SIGKILL:
                raise TimeoutError(f"the simulated device did not end within {STOP_SECONDS} s")
        finally:
            killer.cancel()
            self._process.kill()
            self._process.wait()
            self._process.stdout.close()
            self._folder.cleanup()
