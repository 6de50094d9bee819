"""Several devices at once, against the tray of `Documentation/examples`."""

import re
import signal
import subprocess

import pytest
from conftest import (
    BAUD, PATIENCE, PROGRAM, TWO_BOARDS, checked, environment, events, golden, screen_shape, shape, start,
)  # fmt: skip

GOOD = [f"good-{number}" for number in range(1, 6)]
TRAY = [*GOOD, "unplugged", "refusing", "silent"]
# The silent device is given up after two times half a second.
PATIENT = ("--baud", "921600", "--start-timeout", "500ms", "--retries", "1")


# On these devices, 64 KiB take a quarter of a minute.
FOUR_SLOW = (
    '[[device]]\ncount = 4\nname = "board"\nlink = "{name}"\nbaud = 48000\n'
    'resource = ["2={name}.flash:w", "3=log.bin"]\n'
)


def test_tray_as_json(make_tray):
    tray = make_tray(8)
    done = tray.run("write", "2", "firmware.bin", *PATIENT, "--json", ports=TRAY)
    found = events(done.stdout)
    results = {event["port"]: event for event in found if event["type"] == "device_result"}
    assert {port: event["exit_code"] for port, event in results.items()} == {
        **dict.fromkeys(GOOD, 0), "unplugged": 74, "refusing": 76, "silent": 75,
    }  # fmt: skip
    assert [results[port]["device"] for port in TRAY] == list(range(1, 9))
    assert results["refusing"]["error"]["status"] == "DATA_LOSS"
    assert results["unplugged"]["bytes"] == pytest.approx(32768, abs=2048)
    overall = found[-1]
    assert (done.returncode, overall["exit_code"]) == (76, 76)
    assert (overall["devices"], overall["failed_devices"], overall["error"]["code"]) == (8, 3, "devices_failed")
    assert overall["bytes"] == sum(event["bytes"] for event in results.values())
    assert all("port" in event for event in found[1:-1])
    for port in GOOD:
        assert (tray.folder / f"{port}.flash").read_bytes() == tray.content
    # No device waits for another one: all together take less time than half of them would take one after the other.
    assert overall["seconds"] < sum(event["duration_seconds"] for event in results.values()) / 2
    told = tray.stop()
    assert {event["device"]: event["reason"] for event in told if event["type"] == "device_gone"} == {
        "unplugged": "unplugged", "silent": "silent",
    }  # fmt: skip


def test_table(make_tray):
    tray = make_tray(8)
    done = tray.run("read", "3", "-o", "{port}.log", *PATIENT, "--progress", "none", ports=TRAY)
    assert done.returncode == 76
    table = done.stderr[done.stderr.index("PORT ") :]
    golden("tray-table.txt", re.sub(r" +(SIZE|TIME)", r" \1", shape(table)))
    for port in GOOD:
        assert (tray.folder / f"{port}.log").read_bytes() == tray.content
    assert not (tray.folder / "unplugged.log").exists()
    # The table is not an error message, so `-q` leaves it out.
    quiet = tray.run("read", "3", "-o", "{port}.log", *PATIENT, "-q", ports=GOOD)
    assert (quiet.returncode, quiet.stderr) == (0, "")


def test_good_ones_alone_pass(make_tray):
    tray = make_tray(8)
    done = tray.run("write", "2", "firmware.bin", "--baud", "921600", "--json", ports=GOOD)
    assert done.returncode == 0
    assert "error" not in events(done.stdout)[-1]


def test_jobs(make_tray):
    tray = make_tray(8)
    done = tray.run("write", "2", "firmware.bin", *PATIENT, "--json", "--jobs", "2", ports=TRAY)
    assert done.returncode == 76
    running = set()
    for event in events(done.stdout):
        if event["type"] == "port_opened":
            running.add(event["port"])
        if event["type"] == "device_result":
            running.discard(event["port"])
        assert len(running) <= 2


def test_proof_of_each(make_tray):
    """One board has the data already, one gets them, and one keeps others, since its resource 3 is not the written
    one.
    """
    tray = make_tray(
        3,
        '[defaults]\nlink = "{name}"\n'
        '[[device]]\nname = "same"\nresource = ["2=firmware.bin:rw", "3=firmware.bin"]\n'
        '[[device]]\nname = "new"\nresource = ["2=new.flash:rw", "3=new.flash"]\n'
        '[[device]]\nname = "broken"\nresource = ["2=broken.flash:rw", "3=other.bin"]\n',
    )
    (tray.folder / "firmware.bin").write_bytes(bytes(65536))
    (tray.folder / "other.bin").write_bytes(bytes(65535) + b"\x01")
    ports = ["same", "new", "broken"]
    arguments = ["write", "2", "firmware.bin", "--verify", "readback", "--verify-from", "3", "--if-changed"]
    done = tray.run(*arguments, "--json", ports=ports)
    results = {event["port"]: event for event in events(done.stdout) if event["type"] == "device_result"}
    assert {port: result["exit_code"] for port, result in results.items()} == {"same": 0, "new": 0, "broken": 65}
    assert (results["same"]["verified"], results["same"]["skipped"], results["same"]["bytes"]) == ("readback", True, 0)
    assert (results["new"]["verified"], "skipped" in results["new"], results["new"]["bytes"]) == ("readback", False, 65536)
    assert "verified" not in results["broken"] and "skipped" not in results["broken"]
    assert results["broken"]["error"]["code"] == "verification_failed"
    assert done.returncode == 65
    assert (tray.folder / "new.flash").read_bytes() == bytes(65536)
    (tray.folder / "new.flash").write_bytes(b"something else")
    table = tray.run(*arguments, "--progress", "none", ports=ports).stderr
    table = table[table.index("PORT ") :]
    golden("tray-proof.txt", re.sub(r" +(SIZE|TIME)", r" \1", shape(table)))


def test_so_many_devices(make_tray):
    tray = make_tray(2, TWO_BOARDS)
    three = ["board-1", "board-2", "board-3"]
    missing = tray.run("write", "2", "firmware.bin", "--devices", "3", "--json", ports=three)
    result = events(missing.stdout)[-1]
    assert (missing.returncode, result["error"]["code"]) == (69, "devices_missing")
    assert "board-3" in result["error"]["cause"]
    many = tray.run("write", "2", "firmware.bin", "--devices", "1", "--json", ports=three[:2])
    assert (many.returncode, events(many.stdout)[-1]["error"]["code"]) == (69, "too_many_devices")
    assert not list(tray.folder.glob("*.flash"))
    late = tray.run("write", "2", "firmware.bin", "--devices", "3", "--wait=100ms", "--json", ports=three)
    assert (late.returncode, events(late.stdout)[-1]["error"]["code"]) == (69, "devices_missing")
    # The last board is plugged in while the others wait.
    command = [PROGRAM, "write", "2", "firmware.bin", "--devices", "3", "--wait", "--json"]
    for port in three:
        command += ["--port", port]
    with subprocess.Popen(command, cwd=tray.folder, env=environment(), stdout=subprocess.PIPE, text=True) as process:
        lines = [process.stdout.readline(), process.stdout.readline()]
        assert "waiting for devices: only 2 of 3 devices are there" in checked(lines[1])["message"]
        board = start("simulate", "--link", "board-3", "--resource", "2=board-3.flash:w", cwd=tray.folder)
        output, _ = process.communicate(timeout=PATIENCE)
        board.terminate()
        board.communicate(timeout=PATIENCE)
    assert events("".join(lines) + output)[-1]["devices"] == 3
    assert process.returncode == 0
    for port in three:
        assert (tray.folder / f"{port}.flash").read_bytes() == tray.content


@pytest.mark.parametrize("jobs", [None, "2"])
def test_signal_stops_all(make_tray, jobs):
    tray = make_tray(4, FOUR_SLOW)
    ports = [f"board-{number}" for number in range(1, 5)]
    command = [PROGRAM, "read", "3", "-o", "{port}.log", "--json"] + (["--jobs", jobs] if jobs else [])
    for port in ports:
        command += ["--port", port]
    process = subprocess.Popen(command, cwd=tray.folder, env=environment(), stdout=subprocess.PIPE, text=True)
    lines, moving = [], set()
    while len(moving) < int(jobs or 4):
        lines.append(process.stdout.readline())
        event = checked(lines[-1])
        if event["type"] == "progress" and event["bytes"] > 0:
            moving.add(event["port"])
    process.send_signal(signal.SIGINT)
    output, _ = process.communicate(timeout=PATIENCE)
    found = events("".join(lines) + output)
    results = [event for event in found if event["type"] == "device_result"]
    assert [event["exit_code"] for event in results] == [130] * 4
    assert (found[-1]["exit_code"], process.returncode) == (130, -signal.SIGINT)
    assert found[-1]["error"]["message"] == "stopped on request, with 4 of 4 devices not done"
    assert not list(tray.folder.glob("*.log")) and not list(tray.folder.glob(".*"))
    # The devices have learned of the end of the transfers.
    told = [event for event in tray.stop() if event["type"] == "device_transfer"]
    assert [event["status"] for event in told] == ["CANCELLED"] * int(jobs or 4)
    assert {event["device"] for event in told} == moving


@pytest.mark.parametrize(
    ("arguments", "ports", "code"),
    [
        (["read", "3", "-o", "one.bin"], GOOD, "same_output"),
        (["read", "3", "-o", "{serial}.bin"], GOOD, "serial_unknown"),
        (["read", "3"], GOOD, "usage"),
        (["read", "3", "-o", "-"], GOOD, "usage"),
        (["write", "2", "-"], GOOD, "stream_for_several"),
        (["write", "2", "firmware.bin"], ["good-1", "./good-1"], "device_named_twice"),
        (["write", "2", "firmware.bin", "--jobs", "0"], GOOD, "usage"),
        (["write", "2", "firmware.bin", "--devices", "0"], GOOD, "usage"),
        (["write", "2", "firmware.bin", "--trace={serial}"], GOOD, "serial_unknown"),
        (["ls"], GOOD, "usage"),
    ],
)
def test_refused_before_anything_is_touched(make_tray, arguments, ports, code):
    tray = make_tray(8)
    done = tray.run(*arguments, "--json", ports=ports)
    told = done.stdout or done.stderr
    result = events(told)[-1]
    assert (done.returncode, result["error"]["code"]) == (64, code)
    assert not [event for event in tray.stop() if event["type"] == "device_transfer"]


def test_environment_names_several(make_tray):
    tray = make_tray(8)
    done = subprocess.run(
        [PROGRAM, "write", "2", "firmware.bin", "--json"], cwd=tray.folder, check=True, stdout=subprocess.PIPE,
        env=environment(PWTRANSFER_PORT="good-1,good-3"), text=True, timeout=PATIENCE,
    )  # fmt: skip
    results = [event for event in events(done.stdout) if event["type"] == "device_result"]
    assert {event["port"] for event in results} == {"good-1", "good-3"}


@pytest.mark.parametrize("width", [40, 60, 80, 120, 200])
def test_screens(make_tray, make_terminal, width):
    make_tray(
        4,
        '[defaults]\nlink = "{name}"\nmin-delay = "0"\nbaud = 19200\nresource = ["3=log.bin"]\n'
        '[[device]]\ncount = 2\nname = "good"\n'
        '[[device]]\nname = "refusing"\nfault = "device:refuse=DATA_LOSS"\n'
        '[[device]]\nname = "preparing"\nprepare-delay = "30s"\n',
    )
    terminal = make_terminal(width)
    terminal.type("O='--port good-1 --port good-2 --port refusing --port preparing'; clear", "Enter")
    terminal.wait(r"^\$$")
    terminal.type(f"pwtransfer read 3 -o {{port}}.log $O {' '.join(BAUD)} --deadline 10s", "Enter")
    moving = terminal.wait(r"^good-2 .* [1-4]\d %")
    bars = [line for line in moving.splitlines() if line.startswith("good-")]
    assert len(bars) == 2 and all(len(line) < width for line in bars)
    screen = re.sub(r"\[bar of \d+\]", "[bar]", screen_shape(moving)).replace("CLOCK left", "CLOCK")
    golden(f"tray-bars-{width}.txt", re.sub(r"\(\d+ s\)", "(N s)", screen))


def test_final_screen(make_tray, make_terminal):
    make_tray(8)
    terminal = make_terminal(120)
    terminal.type("O='--port good-1 --port good-2 --port refusing'; clear", "Enter")
    terminal.wait(r"^\$$")
    terminal.type("clear; pwtransfer read 3 -o {port}.log $O --baud 921600", "Enter")
    screen = terminal.wait(r"--port refusing\n\$$")
    # No bar remains, and the lines of the devices are in the order in which the devices ended.
    lines = screen_shape(screen).splitlines()
    assert sum(line.startswith("good-") for line in lines) == 4
    table = "\n".join(lines[next(index for index, line in enumerate(lines) if line.startswith("PORT ")) :])
    golden("tray-final.txt", re.sub(r" +(SIZE|TIME)", r" \1", table) + "\n")
