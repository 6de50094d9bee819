"""A `pwtransfer simulate` process."""

import pathlib
import subprocess
import threading


class SimulatedDevice:
    """The process runs until it is stopped. As soon as this object exists, clients can connect to `port`."""

    READABLE = 3
    WRITABLE = 2
    ABSENT = 9

    def __init__(self, program: pathlib.Path, folder: pathlib.Path, options: tuple[str, ...]) -> None:
        self.port = folder / "board"
        self.written = folder / "written.bin"
        self.readable = folder / "readable.bin"
        self.readable.touch()
        self._process = subprocess.Popen(
            [program, "simulate", "--link", self.port]
            + ["--resource", f"{self.WRITABLE}={self.written}:w"]
            + ["--resource", f"{self.READABLE}={self.readable}"]
            + list(options),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        self._await_port()

    def _await_port(self) -> None:
        """Waits until the device has printed its port, and that it is ready."""
        assert self._process.stdout is not None
        deadline = threading.Timer(20, self._process.kill)
        deadline.start()
        lines = []
        for line in self._process.stdout:
            lines.append(line)
            if line == "ready\n":
                break
        deadline.cancel()
        assert self.port.exists(), "the simulated device did not start:\n" + "".join(lines)

    def next_line(self) -> str:
        """The next line that the device prints."""
        assert self._process.stdout is not None
        return self._process.stdout.readline()

    @property
    def pid(self) -> int:
        return self._process.pid

    def stop(self) -> None:
        self._process.terminate()
        try:
            self._process.communicate(timeout=20)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.communicate()
            raise
