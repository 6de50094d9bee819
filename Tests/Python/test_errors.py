"""Each exit code of the command is an exception."""

import copy
import pickle
import re
import signal

import pytest
from conftest import ROOT

from pwtransfer import errors, simulation, transfer


def exit_codes() -> dict[int, set[str]]:
    """The exit codes of the command's own table, except 0, with their names."""
    tables = [file for file in (ROOT / "Sources").rglob("*.swift") if "enum ExitStatus" in file.read_text()]
    assert len(tables) == 1
    numbers = re.findall(r"case \.(\w+)(?:\(let signal\))?: ((?:128 \+ signal)|\d+)$", tables[0].read_text(), re.MULTILINE)
    codes: dict[int, set[str]] = {}
    for name, number in numbers:
        signals = [signal.SIGHUP, signal.SIGINT, signal.SIGTERM] if "signal" in number else []
        for code in [128 + number for number in signals] or [int(number)]:
            codes.setdefault(code, set()).add(name)
    assert len(codes) > 10
    del codes[0]
    return codes


def classes() -> dict[int, type[transfer.Error]]:
    return {code: kind for kind in transfer.Error.__subclasses__() for code in kind.exit_codes}


def test_every_exit_code_has_a_class_and_no_other():
    assert classes().keys() == exit_codes().keys()
    for kind in classes().values():
        assert getattr(transfer, kind.__name__) is kind


@pytest.mark.parametrize("code", sorted(exit_codes()))
def test_the_exit_code_decides_the_class(make_program, code):
    error = {"code": "some_code", "message": "it failed", "cause": "because", "hint": "something else"}
    result = {"type": "result", "exit_code": code, "verdict": "station", "bytes": 0, "seconds": 0, "error": error}
    program = make_program(result, shell=f"exit {code}")
    with pytest.raises(transfer.Error) as caught:
        transfer.Manager("port", program=program).read_file(3, "file")
    assert type(caught.value) is classes()[code]
    assert (caught.value.exit_code, caught.value.verdict, caught.value.resource_id) == (code, "station", 3)
    assert caught.value.status == "some_code"
    assert str(caught.value) == "it failed; cause: because; try: something else"
    again = pickle.loads(pickle.dumps(caught.value))
    assert (type(again), again.result, str(again)) == (classes()[code], caught.value.result, str(caught.value))
    assert copy.copy(caught.value).resource_id == 3


def test_the_status_of_the_device():
    with simulation.Device({3: b"log"}) as device:
        with pytest.raises(transfer.DeviceRefused) as caught:
            transfer.Manager(device.port).read(9)
    error = caught.value
    assert (error.resource_id, error.status, error.device_status) == (9, "NOT_FOUND", "NOT_FOUND")
    assert (error.code, error.verdict) == ("device_status", "station")
    assert "NOT_FOUND" in error.message
    assert str(error).startswith(error.message)


def test_what_is_wrong_here(tmp_path):
    manager = transfer.Manager("/dev/no-such-port")
    with pytest.raises(transfer.NoDevice) as caught:
        manager.read(3)
    assert (caught.value.status, caught.value.device_status) == ("port_not_found", None)
    with pytest.raises(transfer.InputFailed):
        manager.write_file(2, tmp_path / "missing")
    with pytest.raises(transfer.OutputFailed):
        manager.read_file(3, tmp_path / "missing" / "file")
    with pytest.raises(transfer.UsageError):
        manager.read("abc def")
    (tmp_path / "config.toml").write_text("baud = [")
    with pytest.raises(transfer.ConfigurationError):
        manager.read(3, config=tmp_path / "config.toml")


def test_a_device_that_is_used():
    with simulation.Device({3: bytes(40_000)}, baud=19200, min_delay=0) as device:
        manager = transfer.Manager(device.port)
        busy = []

        def read_again(stats):
            if stats.bytes and not busy:
                with pytest.raises(transfer.Temporary) as caught:
                    manager.read(3)
                busy.append(caught.value)
                raise InterruptedError

        with pytest.raises(InterruptedError):
            manager.read(3, read_again)
    assert (busy[0].exit_code, busy[0].verdict) == (75, "retry")


def test_a_verification_that_fails(tmp_path):
    with simulation.Device({2: b"", 3: b"something else"}) as device:
        with pytest.raises(transfer.VerificationFailed):
            transfer.Manager(device.port, verify="readback", verify_from=3).write(2, b"hello, world!!")


@pytest.mark.parametrize(
    ("shell", "message"),
    [
        ("echo 'Fatal error: something' >&2; exit 3", "ended with 3"),
        ("kill -KILL $$", "killed by SIGKILL"),
        ("exit 0", "ended with 0"),
    ],
)
def test_no_result(make_program, shell, message):
    program = make_program({"type": "start", "schema": 1}, shell=shell)
    with pytest.raises(transfer.InternalError, match=message) as caught:
        transfer.Manager("port", program=program).read_file(3, "file")
    assert caught.value.code == "no_result"
    if "Fatal" in shell:
        assert caught.value.cause == "Fatal error: something"


def test_a_result_that_the_exit_code_denies(make_program):
    result = {"type": "result", "exit_code": 0, "verdict": "pass", "bytes": 3, "seconds": 0}
    with pytest.raises(transfer.InternalError, match="ended with 73"):
        transfer.Manager("port", program=make_program(result, shell="exit 73")).read_file(3, "file")


def test_another_schema(make_program):
    program = make_program({"type": "start", "schema": 2})
    with pytest.raises(RuntimeError, match="schema 2"):
        transfer.Manager("port", program=program).read_file(3, "file")


def test_an_exit_code_of_a_later_version():
    result = {"exit_code": 99, "verdict": "board", "error": {"code": "new", "message": "new"}}
    assert type(errors.error_of(result)) is transfer.Error
