"""Runs the command and follows what it tells with ``--json``."""

from __future__ import annotations

import json
import logging
import os
import selectors
import shutil
import signal
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from importlib import metadata
from pathlib import Path
from typing import IO, Any

from pwtransfer.errors import TimedOut, error_of

Event = Mapping[str, Any]

# Of Documentation/events.schema.json.
SCHEMA = 1
# A transfer that is stopped ends within 3 seconds, whatever the device does.
STOP_SECONDS = 10.0
# Exceptions that one thread raises in another, as OpenHTF does, wait until a system call is over.
LONGEST_CALL = 1.0
PIECE = 65536
# How much is kept of what is no event: the last words of a program that crashed.
LAST_WORDS = 4096

_log = logging.getLogger("pwtransfer")
_levels = {"note": logging.INFO, "log": logging.DEBUG, "device_output": logging.INFO}


def find_program() -> str:
    """The program that was installed with this package, or else the one on PATH."""
    candidates = []
    try:
        files = metadata.files("pwtransfer") or []
        candidates = [Path(str(file.locate())) for file in files if file.name == "pwtransfer"]
    except metadata.PackageNotFoundError:
        pass
    # Where `pip install --target` puts it.
    candidates.append(Path(__file__).resolve().parent.parent / "bin" / "pwtransfer")
    for candidate in candidates:
        if candidate.is_file():
            return str(candidate)
    if found := shutil.which("pwtransfer"):
        return found
    raise FileNotFoundError("the program pwtransfer is neither installed with this package nor on PATH")


class _Follower:
    """Takes what the program prints: events, one a line, and last words."""

    def __init__(self, event_callback: Callable[[Event], object] | None) -> None:
        self.result: Event | None = None
        self.last_words = ""
        self._callback = event_callback
        self._rests: dict[int, bytes] = {}

    def feed(self, stream: int, piece: bytes) -> None:
        *lines, self._rests[stream] = (self._rests.get(stream, b"") + piece).split(b"\n")
        for line in lines:
            self._take(line)

    def _take(self, line: bytes) -> None:
        try:
            event = json.loads(line)
            kind = event["type"]
        except (ValueError, TypeError, KeyError):
            self.last_words = (self.last_words + line.decode(errors="backslashreplace") + "\n")[-LAST_WORDS:]
            return
        if kind == "start" and event["schema"] != SCHEMA:
            raise RuntimeError(f"the program speaks schema {event['schema']} of --json, this module {SCHEMA}")
        if kind == "result":
            self.result = event
        if kind in _levels:
            _log.log(_levels[kind], "%s", event.get("message", event.get("text")))
        if self._callback:
            self._callback(event)


def run(
    words: Sequence[str],
    *,
    program: str | None = None,
    source: IO[bytes] | None = None,
    sink: Callable[[bytes], object] | None = None,
    event_callback: Callable[[Event], object] | None = None,
    timeout: float | None = None,
    resource_id: int | str | None = None,
    running: set[subprocess.Popen[bytes]] | None = None,
) -> Event:
    """Runs a command to its end, and returns its result.

    With `sink`, standard output is data, which `sink` takes. Whatever ends this early, KeyboardInterrupt or a callback that
    raises, ends the command as well, which tells the device. `running` has its process as long as it runs.
    """
    deadline = None if timeout is None else time.monotonic() + timeout
    process = subprocess.Popen(
        [program or find_program(), *words],
        stdin=source or subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        bufsize=0,
        # Control-C is for Python, which passes it on once.
        process_group=0,
    )
    follower = _Follower(event_callback)
    running = set() if running is None else running
    running.add(process)
    with process:
        try:
            in_time = _follow(process, follower, sink, deadline)
            if not in_time:
                _stop(process)
        except BaseException:
            _stop(process)
            raise
        finally:
            running.discard(process)
    if not in_time:
        message = f"the command has not ended within {timeout:g} s"
        error = {"code": "timed_out", "message": message, "hint": "a longer timeout, if the device needs it"}
        raise TimedOut({"type": "result", "exit_code": 75, "verdict": "retry", "error": error}, resource_id)
    result = follower.result
    if result is None or (result["exit_code"] == 0) != (process.returncode == 0):
        result = _without_result(process.returncode, follower.last_words)
    if result["exit_code"] != 0:
        raise error_of(result, resource_id)
    return result


def _follow(
    process: subprocess.Popen[bytes],
    follower: _Follower,
    sink: Callable[[bytes], object] | None,
    deadline: float | None,
) -> bool:
    """Passes on what the program prints until its end; False if the deadline comes first."""
    assert process.stdout and process.stderr
    with selectors.DefaultSelector() as selector:
        selector.register(process.stdout, selectors.EVENT_READ, sink)
        selector.register(process.stderr, selectors.EVENT_READ)
        while selector.get_map():
            left = None if deadline is None else deadline - time.monotonic()
            if left is not None and left <= 0:
                return False
            for key, _ in selector.select(LONGEST_CALL if left is None else min(left, LONGEST_CALL)):
                piece = os.read(key.fd, PIECE)
                if not piece:
                    selector.unregister(key.fileobj)
                elif key.data:
                    key.data(piece)
                else:
                    follower.feed(key.fd, piece)
    try:
        process.wait(None if deadline is None else max(0, deadline - time.monotonic()))
    except subprocess.TimeoutExpired:
        return False
    return True


def _stop(process: subprocess.Popen[bytes]) -> None:
    """Ends the program by a signal, upon which it tells the device."""
    process.terminate()
    try:
        process.communicate(timeout=STOP_SECONDS)
    except BaseException as reason:
        process.kill()
        if not isinstance(reason, subprocess.TimeoutExpired):
            raise


def _without_result(returncode: int, last_words: str) -> Event:
    """A result in place of the one that the program did not give."""
    how = f"was killed by {signal.Signals(-returncode).name}" if returncode < 0 else f"ended with {returncode}"
    error = {"code": "no_result", "message": f"pwtransfer {how} and gave no result"}
    if last_words:
        error["cause"] = last_words.strip()
    return {"type": "result", "exit_code": 70, "verdict": "station", "error": error}
