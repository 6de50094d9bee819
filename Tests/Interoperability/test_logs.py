"""A device whose log strings are in an ELF file. GNU as made the file, with the tokens of the reference."""

import io
import pathlib
import re
import subprocess
from collections.abc import Callable

import pytest
from pw_tokenizer import tokens

from conftest import program
from simulated_device import SimulatedDevice

STRINGS = ["Boot OK", "ASSERT in main.cc", "Temperature is %u"]


@pytest.fixture
def elf(tmp_path: pathlib.Path) -> pathlib.Path:
    section = io.BytesIO()
    tokens.write_elf_db_format(tokens.Database.from_strings(STRINGS), section)
    (tmp_path / "section").write_bytes(section.getvalue())
    (tmp_path / "app.s").write_text('.section .pw_tokenizer.entries,"",@progbits\n.incbin "section"\n')
    subprocess.run(["as", "-o", "app.elf", "app.s"], cwd=tmp_path, check=True)
    return tmp_path / "app.elf"


@pytest.mark.parametrize(
    ("text", "exit_code"), [("Boot OK", 0), ("ASSERT in main.cc", 79), ("Temperature is %25u", 75)]
)
@pytest.mark.parametrize("form", ["base64", "tokens"])
def test_write_and_its_answer(
    start_device: Callable[..., SimulatedDevice], elf: pathlib.Path, form: str, text: str, exit_code: int
) -> None:
    """The device restarts after the write, with another port, and then begins to log."""
    device = start_device(
        "--fault", f"device:console=5ms,form={form},text={text},from=restart", "--fault", "device:hang-up-after=300ms"
    )
    data = elf.with_name("fw.bin")
    data.write_bytes(bytes(range(256)) * 8)
    done = subprocess.run(
        [program("pwtransfer"), "write", "2", data, "--port", device.port, "--token-database", elf]
        + ["--reconnect=30s", "--expect", "Boot OK", "--fail-on", "ASSERT", "--device-output"]
        + ["--expect-timeout", "3s" if exit_code == 75 else "50s"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == exit_code, done.stderr
    assert device.written.read_bytes() == data.read_bytes()
    shown = {0: "Boot OK", 79: "ASSERT in main.cc", 75: r"Temperature is \d+"}[exit_code]
    level = "INF " if form == "tokens" else ""
    assert re.search(f"^device: {level}{shown}$", done.stderr, re.MULTILINE), done.stderr
