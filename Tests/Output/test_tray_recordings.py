"""Recordings and traces of several devices."""

import re

import pytest
from conftest import TWO_BOARDS, events


@pytest.mark.parametrize("form", ["pcapng", "jsonl"])
def test_one_recording_of_several(make_tray, form):
    tray = make_tray(2, TWO_BOARDS)
    ports = ["board-1", "board-2"]
    recorded = ("--capture", f"tray.{form}", "--trace=tray.trace", "-q")
    done = tray.run("read", "3", "-o", "{port}.log", *recorded, ports=ports)
    assert (done.returncode, done.stderr) == (0, "")
    trace = (tray.folder / "tray.trace").read_text()
    assert {line.split(":")[0] for line in trace.splitlines()} == set(ports)
    # The decoded recording is what was printed, in the same order and with the same times.
    decoded = tray.run("decode", f"tray.{form}", ports=[])
    assert decoded.stdout == trace
    items = events(tray.run("decode", f"tray.{form}", "--json", ports=[]).stdout)[1:-1]
    for port in ports:
        data = [item["chunk"] for item in items if item["port"] == port and item.get("chunk", {}).get("data_bytes")]
        assert sum(chunk["data_bytes"] for chunk in data) >= 65536
    assert all(item["type"] == "frame" and "error" not in item for item in items)


def test_a_recording_of_each(make_tray):
    tray = make_tray(2, TWO_BOARDS)
    ports = ["board-1", "board-2"]
    tray.run("read", "3", "-o", "{port}.log", "--capture={port}.pcapng", "--trace={index}.trace", "-q", ports=ports)
    for index, port in enumerate(ports, 1):
        trace = (tray.folder / f"{index}.trace").read_text()
        assert trace.startswith("     0.000 ms  -> R/03  REQUEST")
        # The times in a trace begin with the first frame of that board, as in its decoded capture.
        assert tray.run("decode", f"{port}.pcapng", ports=[]).stdout == trace
    alone = tray.run("read", "3", "-o", "{port}.log", "--capture={port}.jsonl", ports=ports[:1])
    assert alone.returncode == 0
    assert tray.run("decode", "board-1.jsonl", ports=[]).returncode == 0


@pytest.mark.parametrize("recording", ["--capture=./board-2.log", "--trace={index}.log"])
def test_a_recording_in_the_place_of_an_output(make_tray, recording):
    tray = make_tray(2, TWO_BOARDS)
    for link in ("1", "2"):
        (tray.folder / f"{link}.log").symlink_to(f"board-{link}.log")
        (tray.folder / f"board-{link}.log").write_text("old")
    before = sorted(tray.folder.iterdir())
    done = tray.run("read", "3", "-o", "{port}.log", recording, ports=["board-1", "board-2"])
    assert (done.returncode, sorted(tray.folder.iterdir())) == (64, before), done.stderr
    assert (tray.folder / "board-2.log").read_text() == "old"


def test_traces_of_several_on_standard_error(make_tray):
    tray = make_tray(2, TWO_BOARDS)
    ports = ["board-1", "board-2"]
    prose = tray.run("read", "3", "-o", "{port}.log", "--trace", "--progress", "none", ports=ports).stderr
    for port in ports:
        assert re.search(rf"(?m)^{port}: +\d+\.\d+ ms  -> R/03  REQUEST", prose)
    found = events(tray.run("read", "3", "-o", "{port}.log", "--trace", "--json", ports=ports).stdout)
    assert {event["port"] for event in found if event["type"] == "frame"} == set(ports)


def test_a_recording_that_cannot_be_written(make_tray):
    """No board failed, so each board passes; the failure of the recording is that of the command."""
    tray = make_tray(2, TWO_BOARDS)
    ports = ["board-1", "board-2"]
    done = tray.run("read", "3", "-o", "{port}.log", "--capture", "/dev/full", "--json", ports=ports)
    found = events(done.stdout)
    assert (done.returncode, found[-1]["exit_code"], found[-1]["failed_devices"]) == (73, 73, 0)
    assert "recording is not complete" in found[-1]["error"]["message"]
    assert [event["code"] for event in found if event["type"] == "note"] == ["recording_failed"]
    assert [event["exit_code"] for event in found if event["type"] == "device_result"] == [0, 0]
    refused = tray.run("read", "3", "-o", "{port}.log", "--capture", "/no/such/folder/x", "--json", ports=ports)
    assert refused.returncode == 73
    assert not [event for event in events(refused.stdout) if event["type"] == "port_opened"]
