"""Runs commands of pwtransfer, for drivers that run under umockdev-wrapper."""

import contextlib
import json
import os
import select
import signal
import subprocess
import sys

# Programs that these tests start must not ignore this signal just because a shell started the tests in the background.
if signal.getsignal(signal.SIGINT) == signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.SIG_DFL)

# How long anything may take; the drivers wait for events.
TIMEOUT = 60


def fail(message):
    sys.exit(f"{os.path.basename(sys.argv[0])}: {message}")


def expect(condition, message):
    if not condition:
        fail(message)


class Command:
    """A running command whose lines can be waited for."""

    def __init__(self, *arguments):
        self.process = subprocess.Popen(
            arguments, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE
        )
        self.buffers = {self.process.stdout: b"", self.process.stderr: b""}

    def line(self, stream, part):
        """The next line on `stream` that contains `part`."""
        while True:
            while b"\n" in self.buffers[stream]:
                line, self.buffers[stream] = self.buffers[stream].split(b"\n", 1)
                if part in line.decode():
                    return line.decode()
            if not select.select([stream], [], [], TIMEOUT)[0]:
                fail(f"no line with {part!r}")
            data = os.read(stream.fileno(), 65536)
            if not data:
                fail(f"ended without a line with {part!r}: {self.process.stderr.read().decode()}")
            self.buffers[stream] += data

    def output_line(self, part=""):
        return self.line(self.process.stdout, part)

    def error_line(self, part):
        return self.line(self.process.stderr, part)

    def record(self, kind):
        """The next JSON object on standard output of this type."""
        return json.loads(self.output_line(f'"type":"{kind}"'))

    def signal(self, number):
        self.process.send_signal(number)

    @contextlib.contextmanager
    def stopped(self):
        """The command is stopped during the `with` block."""
        self.signal(signal.SIGSTOP)
        os.waitid(os.P_PID, self.process.pid, os.WSTOPPED)
        yield
        self.signal(signal.SIGCONT)

    def wait(self):
        code = self.process.wait(TIMEOUT)
        # This is the code by which a shell reports the end by a signal.
        return code if code >= 0 else 128 - code


class SimulatedDevice(Command):
    """A device that listens on TCP. Its resource 2 is the file at `path`, to write or as `access` says."""

    def __init__(self, program, path, access="w"):
        with open(path, "wb"):
            pass
        self.path = path
        super().__init__(
            program, "simulate", "--quiet", "--listen", "127.0.0.1:0", "--resource", f"2={path}:{access}"
        )
        self.port = int(self.output_line("port tcp:").rsplit(":", 1)[1])

    @property
    def data(self):
        with open(self.path, "rb") as file:
            return file.read()

    def end(self):
        self.signal(signal.SIGTERM)
        self.wait()


def run(*arguments, **environment):
    """Runs a command to its end."""
    # `env=` cannot be used: the library's own variables are in the environment, but not in Python's copy of it.
    os.environ.update(environment)
    try:
        return subprocess.run(
            arguments, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=TIMEOUT
        )
    finally:
        for name in environment:
            del os.environ[name]
