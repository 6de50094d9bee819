"""The Python module of the built program, which is made for each run, and the fixtures of these tests."""

import importlib
import json
import os
import pathlib
import shlex
import signal
import subprocess
import sys
import tempfile

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
BINARIES = pathlib.Path(os.environ.get("PWTRANSFER_BINARIES", ROOT / ".build" / "release")).resolve()
PROGRAM = BINARIES / "pwtransfer"
# Longer than any wait of these tests, even on a very busy machine.
PATIENCE = 60
# Programs that these tests start must not ignore these signals just because the tests were started by `nohup` or in
# the background of a shell.
for number in (signal.SIGHUP, signal.SIGINT):
    if signal.getsignal(number) == signal.SIG_IGN:
        signal.signal(number, signal.SIG_DFL)

if not PROGRAM.is_file():
    pytest.exit(f"{PROGRAM} is missing: run `swift build -c release` first", returncode=1)
_folder = tempfile.TemporaryDirectory(prefix="pwtransfer-module-")
MODULE = pathlib.Path(_folder.name)
subprocess.run([ROOT / "Packaging/python/make-module", PROGRAM, MODULE], check=True)
# Both these tests and the programs that they start use this module.
sys.path.insert(0, str(MODULE))
os.environ["PYTHONPATH"] = str(MODULE)
os.environ["PATH"] = f"{BINARIES}{os.pathsep}{os.environ['PATH']}"
for name in [name for name in os.environ if name.startswith("PWTRANSFER_")]:
    del os.environ[name]
importlib.invalidate_caches()

pytest_plugins = ["pytester", "pwtransfer.pytest_plugin"]


def pytest_unconfigure() -> None:
    _folder.cleanup()


@pytest.fixture
def make_program(tmp_path):
    """Makes a program that prints these events and then runs a line of shell."""

    def make(*events: dict, shell: str = "true") -> pathlib.Path:
        program = tmp_path / "program"
        lines = [f"echo {shlex.quote(json.dumps(event))}" for event in events]
        program.write_text("\n".join(["#!/bin/sh", *lines, shell, ""]))
        program.chmod(0o755)
        return program

    return make
