"""The wheel as pip has installed it."""

import pathlib
import shutil
import subprocess
import sys
from importlib import metadata

import pytest
from conftest import run

import pwtransfer
from pwtransfer import _command


def test_the_program_is_the_one_of_the_package(monkeypatch):
    installed = pathlib.Path(sys.executable).parent / "pwtransfer"
    monkeypatch.setenv("PATH", "/usr/bin")
    assert pathlib.Path(_command.find_program()).samefile(installed)
    version = subprocess.run([installed, "--version"], check=True, capture_output=True, text=True).stdout
    assert version.split()[0] == pwtransfer.__version__ == metadata.version("pwtransfer")


def test_no_program(monkeypatch):
    monkeypatch.setattr(metadata, "files", lambda name: None)
    monkeypatch.setenv("PATH", "/nowhere")
    monkeypatch.setattr(_command, "__file__", "/nowhere/pwtransfer/_command.py")
    with pytest.raises(FileNotFoundError, match="neither installed"):
        _command.find_program()


def test_a_target_folder(tmp_path):
    """`pip install --target` moves the program."""
    files = metadata.files("pwtransfer")
    shutil.copytree(pathlib.Path(pwtransfer.__file__).parent, tmp_path / "pwtransfer")
    program = next(file for file in files if file.name == "pwtransfer")
    (tmp_path / "bin").mkdir()
    shutil.copy(program.locate(), tmp_path / "bin")
    done = run(
        "-S", "-c", "from pwtransfer._command import find_program; print(find_program())",
        cwd=tmp_path, PYTHONPATH=str(tmp_path), PATH="/nowhere",
    )  # fmt: skip
    assert done.stdout == f"{tmp_path}/bin/pwtransfer\n"


def test_pytest_knows_the_plugin(tmp_path):
    assert "pwtransfer(port=None, simulate=None, **options)" in run("-m", "pytest", "--markers", cwd=tmp_path).stdout


def test_types_of_users(tmp_path):
    """mypy sees the package's types, with labgrid's module too."""
    (tmp_path / "user.py").write_text(
        "import pwtransfer.labgrid\n"
        "from pwtransfer import transfer\n"
        'result: bytes = transfer.Manager("/dev/ttyACM0").read(3)\n'
        "driver: type[pwtransfer.labgrid.PigweedTransferDriver]\n"
        "transfer.Manager().read(3, bauds=1)\n"
    )
    done = run("-m", "mypy", "--strict", "user.py", cwd=tmp_path)
    assert done.stdout.splitlines()[0].startswith('user.py:5: error: Unexpected keyword argument "bauds"'), done.stdout
    assert done.stdout.splitlines()[-1] == "Found 1 error in 1 file (checked 1 source file)"
