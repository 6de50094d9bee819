"""The module is typed, and so is its users' code."""

import subprocess
import sys

from conftest import MODULE, ROOT

RIGHT = """
import io
from datetime import timedelta
from pathlib import Path
from pwtransfer import transfer

def show(stats: transfer.ProgressStats) -> None:
    print(stats.percent_received())

manager = transfer.Manager("/dev/ttyACM0", baud=921600, wait=True, verify="readback")
data: bytes = manager.read(3, show, chunk_timeout=timedelta(seconds=3), wait=2.5, window="64KiB")
result: transfer.Result = manager.write_file(2, Path("firmware.bin"), if_changed=True, timeout=60)
manager.read_file(3, io.BytesIO())
with open("log", "wb", buffering=0) as raw, open("in", "rb") as source:
    manager.read_file("log", raw)
    manager.write_file(2, source)
try:
    manager.write(2, memoryview(b"data"))
except transfer.DeviceRefused as error:
    status: str = error.status
"""
WRONG = {
    "manager.read(3, bauds=1)": "bauds",
    'manager.read(3, protocol="v3")': "protocol",
    "manager.read(3, verify='readback')": "verify",
    "manager.write(2, 'text')": "str",
    "manager.read(3, retries='many')": "retries",
}


def mypy(*words) -> subprocess.CompletedProcess:
    return subprocess.run(
        [sys.executable, "-m", "mypy", "--strict", "--no-error-summary", f"--config-file={ROOT}/Packaging/python/pyproject.toml",
         *words], cwd=MODULE, capture_output=True, text=True, timeout=110,
    )  # fmt: skip


def test_the_module_is_strictly_typed():
    done = mypy("-p", "pwtransfer")
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_what_users_write(tmp_path):
    (tmp_path / "right.py").write_text(RIGHT)
    lines = ["from pwtransfer import transfer", "manager = transfer.Manager()", *WRONG]
    (tmp_path / "wrong.py").write_text("\n".join(lines))
    done = mypy(tmp_path / "right.py", tmp_path / "wrong.py")
    complaints = [line for line in done.stdout.splitlines() if "error:" in line]
    assert [line.split(":")[1] for line in complaints] == [str(number) for number in range(3, 3 + len(WRONG))], done.stdout
    for line, word in zip(complaints, WRONG.values(), strict=True):
        assert "wrong.py" in line
        assert word in line
