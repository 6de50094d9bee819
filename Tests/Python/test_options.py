"""All options of the command are keywords."""

import ast
import importlib.machinery
import importlib.util
import json
import re
import subprocess
import sys
from datetime import timedelta

import pytest
from conftest import MODULE, PATIENCE, PROGRAM, ROOT

from pwtransfer import simulation, transfer
from pwtransfer._command import run
from pwtransfer._options import OPTIONS


def load_generator():
    loader = importlib.machinery.SourceFileLoader("make_module", str(ROOT / "Packaging/python/make-module"))
    spec = importlib.util.spec_from_loader(loader.name, loader)
    module = importlib.util.module_from_spec(spec)
    loader.exec_module(module)
    return module


sys.dont_write_bytecode = True
generator = load_generator()


def description(command: str) -> list[dict]:
    text = subprocess.run([PROGRAM, "--experimental-dump-help"], check=True, capture_output=True, text=True).stdout
    commands = {entry["commandName"]: entry for entry in json.loads(text)["command"]["subcommands"]}
    return [argument for argument in commands[command]["arguments"] if argument["kind"] != "positional"]


@pytest.mark.parametrize("command", OPTIONS)
def test_every_option_is_a_keyword(command):
    long_names = {name["name"] for argument in description(command) for name in argument["names"] if name["kind"] == "long"}
    left_out = generator.SET_BY_METHODS | generator.FOR_SEVERAL_DEVICES
    assert {option.removeprefix("--") for option in OPTIONS[command].values()} == long_names - left_out


def annotations(name: str) -> dict[str, str]:
    tree = ast.parse((MODULE / "pwtransfer/_options.py").read_text())
    kind = next(node for node in tree.body if isinstance(node, ast.ClassDef) and node.name == name)
    return {node.target.id: ast.unparse(node.annotation) for node in kind.body if isinstance(node, ast.AnnAssign)}


# The program's messages about an unknown word or an unknown value.
MISUNDERSTOOD = re.compile(r"[Uu]nknown option|[Uu]nexpected argument|[Mm]issing value|is invalid for")
SAMPLES = {"Path": "sample.toml", "Time": 5, "Size": "1KiB", "int": 1, "int | str": 3, "str": "sample", "bool": True}


def samples(keyword: str, annotation: str) -> list:
    """Values of each type that the keyword takes."""
    if annotation.startswith("Literal"):
        return list(ast.literal_eval(annotation.removeprefix("Literal")))
    if keyword == "config":
        return ["none"]
    if annotation.startswith("bool | "):
        return [True, *samples(keyword, annotation.removeprefix("bool | "))]
    if annotation.startswith("Sequence["):
        return [[value] for value in samples(keyword, annotation.removeprefix("Sequence[").removesuffix("]"))]
    if annotation == "Time":
        return [5, 0.5, "500ms", timedelta(minutes=1)]
    return [SAMPLES[annotation]]


@pytest.mark.parametrize(("command", "name"), [("read", "ReadOptions"), ("write", "WriteOptions")])
def test_the_program_takes_every_keyword(tmp_path, monkeypatch, command, name):
    """The program runs until it finds that the port does not exist."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "sample.toml").write_text("[boards.sample]\n")
    (tmp_path / "in.bin").write_bytes(b"data")
    manager = transfer.Manager("/dev/no-such-port")
    assert annotations(name).keys() == OPTIONS[command].keys()
    for keyword, annotation in annotations(name).items():
        for value in samples(keyword, annotation):
            options = {keyword: value} | ({"config": "sample.toml"} if keyword == "board" else {})
            with pytest.raises(transfer.Error) as caught:
                if command == "read":
                    manager.read_file(3, "out.bin", timeout=PATIENCE if keyword != "wait" else 0.2, **options)
                else:
                    manager.write_file(2, "in.bin", timeout=PATIENCE if keyword != "wait" else 0.2, **options)
            # An option that is understood may still be useless here.
            assert not MISUNDERSTOOD.search(str(caught.value)), (keyword, value, str(caught.value))


def words(options: dict, **defaults) -> list[str]:
    """The words on the command line of a read with these options."""
    words = transfer.Manager("board", **defaults)._words("read", options)
    assert words[:4] == ["read", "--json", "--progress=auto", "--port=board"]
    return words[4:]


def test_words():
    assert words({"chunk_timeout": 0.5, "retries": 7}) == ["--chunk-timeout=0.500000000", "--retries=7"]
    assert words({"deadline": timedelta(milliseconds=1500)}) == ["--deadline=1.500000000"]
    assert words({"wait": True, "resume": False, "verbose": 2}) == ["--wait", "--verbose", "--verbose"]
    assert words({"baud": None}, baud=9600) == []
    assert words({"baud": 57600}, baud=9600, channel=2) == ["--baud=57600", "--channel=2"]
    assert words({}, verify="readback", answer_timeout=1) == []


def test_the_program_says_so_when_it_misunderstands():
    for word in ("--no-such-option=1", "--retries=many"):
        with pytest.raises(transfer.UsageError, match=MISUNDERSTOOD):
            run(["read", "--json", word, "--output=out.bin", "3"])


def test_unknown_keywords():
    for call in (
        lambda: transfer.Manager("board", bauds=1),
        lambda: transfer.Manager("board").read(3, verify="readback"),
        lambda: transfer.Manager("board").files(window=1),
        lambda: simulation.Device({}, bauds=1),
    ):
        with pytest.raises(TypeError, match="has no option"):
            call()


def test_the_environment_does_not_change_what_the_module_needs(monkeypatch):
    with simulation.Device({3: b"log"}) as device:
        monkeypatch.setenv("PWTRANSFER_PROGRESS", "bar")
        monkeypatch.setenv("PWTRANSFER_OUTPUT", "/nowhere")
        monkeypatch.setenv("PWTRANSFER_COLOR", "always")
        monkeypatch.setenv("PWTRANSFER_PORT", device.port)
        assert transfer.Manager().read(3) == b"log"
