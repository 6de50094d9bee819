"""`--json`: whatever happens, the output of the real command matches the schema."""

import datetime
import os
import pathlib
import re
import signal
import struct
import time

import pytest
from conftest import HERE, PATIENCE, ROOT, VALIDATOR, checked, events, run, start

# On this line, 256 KiB take eleven seconds, so that a test can do something in the middle.
SLOW = ("--min-delay", "0", "--baud", "230400")


def until(stream, kind: str) -> list[str]:
    """The lines up to the first event of a kind."""
    lines = [stream.readline()]
    while checked(lines[-1])["type"] != kind:
        lines.append(stream.readline())
    return lines


def undated(event: dict) -> dict:
    """An event without the fields that say when it was printed."""
    return {key: value for key, value in event.items() if key not in ("time", "seconds")}


def moving(stream) -> list[str]:
    lines = until(stream, "progress")
    while checked(lines[-1])["phase"] != "moving" or checked(lines[-1])["bytes"] == 0:
        lines += until(stream, "progress")
    return lines


def test_recorded_events_follow_the_schema():
    recorded = HERE.parent / "PwtransferCLITests/Golden/events.jsonl"
    kinds = {checked(line)["type"] for line in recorded.read_text().splitlines()}
    assert kinds == {"start", "port_opened", "accepted", "progress", "note", "log", "device_output", "device_result", "result",
    }  # fmt: skip


def test_the_schema_has_every_event():
    """Also those that no test here brings about."""
    sources = "".join(path.read_text() for path in ROOT.glob("Sources/PwtransferCLI/**/*.swift"))
    types = set(re.findall(r'\bJSONEvent\(\s*"(\w+)"', sources))
    assert "start" in types
    described = {definition["properties"]["type"].get("const") for definition in VALIDATOR.schema["$defs"].values()
                 if "type" in definition.get("properties", {})}  # fmt: skip
    assert types <= described, f"Documentation/events.schema.json does not describe {types - described}"


def test_read_to_a_file(make_board, tmp_path):
    board = make_board("--min-delay", "2ms", size=400_000)
    done = run(
        "read", "3", "--port", board.port, "-o", tmp_path / "out.bin", "--json", "-vv", "--min-delay", "2ms"
    )
    assert done.returncode == 0
    assert done.stderr == ""
    found = events(done.stdout)
    kinds = [event["type"] for event in found]
    assert kinds.index("port_opened") < kinds.index("accepted") < kinds.index("progress")
    assert "log" in kinds
    result = found[-1]
    assert (result["exit_code"], result["bytes"]) == (0, 400_000)
    assert result["transfer"]["bottleneck"] == "device_pace"
    assert (tmp_path / "out.bin").read_bytes() == board.content


def test_data_on_standard_output_moves_the_events(make_board):
    board = make_board("--min-delay", "0")
    done = run("read", "3", "--port", board.port, "--json", text=False)
    assert done.stdout == board.content
    assert events(done.stderr.decode())[-1]["bytes"] == 65536


def test_write_and_what_the_device_says(make_board, tmp_path):
    board = make_board("--min-delay", "0")
    (tmp_path / "in.bin").write_bytes(b"x" * 5000)
    found = events(run("write", "2", tmp_path / "in.bin", "--port", board.port, "--json").stdout)
    assert found[-1]["transfer"]["direction"] == "write"
    told = events(board.stop())
    assert {"type": "device_transfer", "direction": "write", "resource": 2, "status": "OK", "offset": 0,
            "end": 5000, "protocol": "v2"} in map(undated, told)  # fmt: skip
    assert told[-1]["exit_code"] == 0


def test_one_device_is_a_tray_of_one(make_board, tmp_path):
    """The result of the only device is also the result of the command, and all times are of one clock."""
    board = make_board("--min-delay", "0")
    before = datetime.datetime.now(datetime.UTC)
    found = events(run("read", "3", "--port", board.port, "-o", tmp_path / "out.bin", "--json").stdout)
    after = datetime.datetime.now(datetime.UTC)
    device, result = found[-2:]
    assert (device["type"], device["device"], device["selector"]) == ("device_result", 1, str(board.port))
    for key in ("exit_code", "verdict", "bytes", "transfer"):
        assert device[key] == result[key]
    assert (result["devices"], result["failed_devices"]) == (1, 0)
    assert device["transfer"]["duration_seconds"] <= device["duration_seconds"] <= device["seconds"]
    times = [datetime.datetime.fromisoformat(event["time"]) for event in found]
    margin = datetime.timedelta(milliseconds=1)
    assert times == sorted(times)
    assert before - margin <= times[0] <= times[-1] <= after + margin
    assert [event["seconds"] for event in found] == sorted(event["seconds"] for event in found)
    absent = events(run("read", "3", "--port", tmp_path / "none", "-o", tmp_path / "out.bin", "--json").stdout)
    assert [event["type"] for event in absent] == ["start", "device_result", "result"]
    assert (absent[1]["error"], absent[1]["exit_code"]) == (absent[2]["error"], 69)


def test_quiet_and_no_progress(make_board, tmp_path):
    board = make_board(*SLOW, size=20_000)
    for option in (["-q"], ["--progress", "none"]):
        done = run("read", "3", "--port", board.port, "-o", tmp_path / "out.bin", "--json", *option)
        assert [event["type"] for event in events(done.stdout)] == [
            "start", "port_opened", "accepted", "device_result", "result",
        ]  # fmt: skip


def test_refusal_names_the_status(make_board, tmp_path):
    board = make_board()
    done = run("read", "99", "--port", board.port, "-o", tmp_path / "out.bin", "--json")
    error = events(done.stdout)[-1]["error"]
    assert (done.returncode, error["code"], error["status"]) == (76, "device_status", "NOT_FOUND")
    assert done.stderr == ""


@pytest.mark.parametrize(
    ("arguments", "code", "name"),
    [
        (["read", "3", "--port", "/dev/no-such-port", "-o", "x"], 69, "port_not_found"),
        (["write", "2", "/no/such/file"], 66, "cannot_read_input"),
        (["read", "3", "--port", "/dev/null", "-o", "/no/such/folder/x"], 73, "cannot_create_output"),
        (["read", "abc"], 64, "usage"),
        (["reed"], 64, "usage"),
        (["simulate"], 64, "usage"),
        (["read", "3", "-o", "x", "--progress", "bar"], 64, "usage"),
        (["write", "2", "x", "-q", "-v"], 64, "usage"),
    ],
)
def test_failures_without_a_transfer(arguments, code, name):
    done = run(*arguments, "--json")
    prose, lines = (done.stdout, done.stderr) if arguments == ["read", "abc"] else (done.stderr, done.stdout)
    assert (done.returncode, prose) == (code, "")
    result = events(lines)[-1]
    assert (result["exit_code"], result["error"]["code"], result["bytes"]) == (code, name, 0)


def test_configuration(tmp_path):
    """The events have the form of all commands' events, even if the configuration is wrong."""
    (tmp_path / ".pwtransfer.toml").write_text('board = "a"\n[resources]\nlog = 3\n[boards.a]\nbaud = 9600\n')
    found = events(run("config", "show", "--json", cwd=tmp_path).stdout)
    assert [event["type"] for event in found] == ["start", "configuration", "result"]
    assert found[1]["board"]["name"] == "a"
    assert {"name": "log", "number": 3, "origin": {"kind": "file", "path": str(tmp_path / ".pwtransfer.toml"), "line": 3}} in (
        found[1]["resources"]
    )
    found = events(run("config", "check", "--json", cwd=tmp_path).stdout)
    assert (found[1]["mistakes"], found[-1]["exit_code"]) == ([], 0)
    (tmp_path / ".pwtransfer.toml").write_text('window = "x"\n[boards.a]\ndtr = "up"\n')
    done = run("config", "check", "--json", cwd=tmp_path)
    found = events(done.stdout)
    assert (done.returncode, done.stderr, found[-1]["exit_code"]) == (78, "", 78)
    assert [mistake["code"] for mistake in found[1]["mistakes"]] == ["configuration"] * 2
    assert found[-1]["error"] == found[1]["mistakes"][-1]
    (tmp_path / ".pwtransfer.toml").write_text("=")
    assert events(run("config", "show", "--json", cwd=tmp_path).stdout)[-1]["exit_code"] == 78


def test_ports():
    assert events(run("ports", "--json").stdout)[-1]["exit_code"] == 0
    process = start("ports", "--watch", "--json")
    line = process.stdout.readline()
    while "SigBlk:\t0000000000000000" in pathlib.Path(f"/proc/{process.pid}/status").read_text():
        pass
    process.send_signal(signal.SIGINT)
    output, _ = process.communicate()
    assert (events(line + output)[-1]["exit_code"], process.returncode) == (130, -signal.SIGINT)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_signal(make_board, tmp_path, number):
    board = make_board(*SLOW, size=262_144)
    process = start("read", "3", "--port", board.port, "-o", tmp_path / "out.bin", "--json")
    lines = moving(process.stdout)
    process.send_signal(number)
    output, errors = process.communicate()
    result = events("".join(lines) + output)[-1]
    assert (process.returncode, errors) == (-number, "")
    assert (result["exit_code"], result["error"]["code"]) == (128 + number, "interrupted")
    assert result["bytes"] > 0
    assert not (tmp_path / "out.bin").exists()


def test_second_signal(make_board, tmp_path):
    board = make_board(*SLOW, size=262_144)
    process = start("read", "3", "--port", board.port, "-o", tmp_path / "out.bin", "--json")
    lines = moving(process.stdout)
    board.process.send_signal(signal.SIGSTOP)
    process.send_signal(signal.SIGINT)
    process.send_signal(signal.SIGTERM)
    output, _ = process.communicate()
    board.process.send_signal(signal.SIGCONT)
    result = events("".join(lines) + output)[-1]
    assert process.returncode in (-signal.SIGINT, -signal.SIGTERM)
    assert result["exit_code"] == 128 - process.returncode


def test_signal_before_the_transfer(tmp_path):
    os.mkfifo(tmp_path / "fifo")
    process = start("read", "3", "--port", "/dev/null", "-o", tmp_path / "fifo", "--json")
    # Opening a FIFO waits for a reader, which never comes. This line is written before that.
    line = process.stdout.readline()
    while "SigBlk:\t0000000000000000" in pathlib.Path(f"/proc/{process.pid}/status").read_text():
        pass
    process.send_signal(signal.SIGINT)
    output, _ = process.communicate()
    assert process.returncode == -signal.SIGINT
    assert events(line + output)[-1]["exit_code"] == 130


def test_deadline(make_board, tmp_path):
    board = make_board("--prepare-delay", "60s")
    done = run("read", "3", "--port", board.port, "-o", tmp_path / "out.bin", "--json", "--deadline", "700ms")
    found = events(done.stdout)
    assert done.returncode == 75
    assert found[-1]["error"]["code"] == "deadline"
    assert found[2]["phase"] == "waiting"


def test_device_that_only_refuses_is_busy(make_board, tmp_path):
    (tmp_path / "in.bin").write_bytes(b"x")
    board = make_board("--fault", "device:refuse=RESOURCE_EXHAUSTED")
    write = start("write", "2", tmp_path / "in.bin", "--port", board.port, "--json")
    lines = [write.stdout.readline()]
    while checked(lines[-1])["type"] != "progress":
        lines.append(write.stdout.readline())
    assert checked(lines[-1])["phase"] == "busy"
    write.terminate()
    write.communicate(timeout=PATIENCE)


def test_reader_of_the_events_goes_away(make_board, tmp_path):
    board = make_board("--min-delay", "0")
    reader, writer = os.pipe()
    os.close(reader)
    done = run("read", "3", "--port", board.port, "-o", tmp_path / "out.bin", "--json", stdout=writer)
    os.close(writer)
    assert done.returncode == 73
    assert "cannot write standard output: Broken pipe" in done.stderr
    # The data are safe all the same.
    assert (tmp_path / "out.bin").read_bytes() == board.content


def test_losses_are_counted(make_board, tmp_path):
    board = make_board("--min-delay", "0", "--drop", "5%", "--corrupt", "3%", "--seed", "7")
    done = run("read", "3", "--port", board.port, "-o", tmp_path / "out.bin", "--json", "-vv")
    found = events(done.stdout)
    transfer = found[-1]["transfer"]
    assert transfer["retransmissions"] > 0
    assert transfer["damaged_frames"] > 0
    assert any(event["type"] == "log" and event["level"] == "debug" for event in found)


def test_text_of_the_device(make_board, tmp_path):
    board = make_board("--min-delay", "0", "--fault", "to-client:log-injector=1")
    done = run("read", "3", "--port", board.port, "-o", tmp_path / "out.bin", "--json", "--device-output")
    assert any(event["type"] == "device_output" for event in events(done.stdout)), done.stdout


def test_decoded_messages_of_the_device(make_board, tmp_path):
    board = make_board("--min-delay", "0", "--fault", "device:console=5ms,form=tokens,text=hello,from=start")
    database = tmp_path / "tokens.csv"
    # This is the hash of pw_tokenizer: the length, and each byte times a power of 65599.
    token = (5 + sum(byte * 65599 ** (place + 1) for place, byte in enumerate(b"hello"))) % 2**32
    database.write_text(f'{token:08x},,"","■msg♦hello■module♦BOOT■file♦boot.cc"\n')
    options = ("--port", board.port, "--token-database", database, "--json")
    done = run("monitor", "--expect", "hel+o", *options)
    found = events(done.stdout)
    assert (done.returncode, found[-1]["verdict"]) == (0, "pass")
    message = next(event for event in found if event["type"] == "device_output")
    assert (message["text"], message["level"], message["module"]) == ("hello", "info", "BOOT")
    assert (message["file"], message["line"]) == ("boot.cc", 100)
    failed = events(run("monitor", "--fail-on", "hello", *options).stdout)[-1]
    assert (failed["exit_code"], failed["verdict"], failed["error"]["code"]) == (79, "board", "failure_logged")


def test_messages_of_the_log_service(make_board, tmp_path):
    board = make_board("--min-delay", "0", "--fault", "device:console=5ms,form=rpc,text=hello,from=start,drop=3")
    options = ("--port", board.port, "--json", "--trace", "--device-output=rpc")
    found = events(run("monitor", "--timeout", "1s", *options).stdout)
    lost = [event for event in found if event["type"] == "device_output" and "lost" in event]
    # The first one also counts messages that were dropped before anybody listened.
    assert len(lost) > 1 and all(event["lost"] == 1 for event in lost[1:])
    assert any(event.get("code") == "messages_lost" for event in found)
    said = [event for event in found if event["type"] == "device_output" and "lost" not in event]
    assert {event["thread"] for event in said} == {"main"}
    ticks = [event["ticks"] for event in said]
    assert ticks == sorted(set(ticks))
    frames = [event for event in found if event["type"] == "frame"]
    assert any("Logs.Listen" in str(event) for event in frames)


def test_a_restart(make_board):
    board = make_board()
    found = events(run("reset", "--port", board.port, "--json").stdout)
    assert [event["code"] for event in found if event["type"] == "note"] == ["device_reset"]
    assert found[-1]["verdict"] == "pass"
    failed = events(run("reset", "--method", "touch1200", "--port", board.port, "--json").stdout)[-1]
    assert (failed["exit_code"], failed["error"]["code"]) == (76, "not_reset")


def test_frames_of_a_trace_and_of_a_capture(make_board, tmp_path):
    board = make_board("--min-delay", "0", "--drop", "2%", "--corrupt", "2%", "--seed", "5")
    capture = tmp_path / "capture.jsonl"
    done = run(
        "read", "3", "--port", board.port, "-o", tmp_path / "out.bin", "--json", "--trace", "--capture", capture
    )
    traced = [event for event in events(done.stdout) if event["type"] in ("frame", "damaged", "stray")]
    assert any(event.get("chunk", {}).get("type") == "DATA" for event in traced)
    assert any(event.get("error") == "bad_checksum" for event in traced)
    decoded = events(run("decode", capture, "--json").stdout)
    assert [*map(undated, decoded[1:-1])] == [*map(undated, traced)]


def test_frames_of_the_recordings():
    for recording in sorted((HERE.parent / "Recordings").glob("*.jsonl")):
        found = events(run("decode", recording, "--json").stdout)
        assert len(found) > 3


def test_pcapng_has_what_the_format_asks_for(make_board, tmp_path):
    board = make_board("--min-delay", "0")
    capture = tmp_path / "capture.pcapng"
    before = time.time_ns()
    run("read", "3", "--port", board.port, "-o", tmp_path / "out.bin", "--capture", capture)
    after = time.time_ns()
    blocks = list(pcapng_blocks(capture.read_bytes()))
    assert [kind for kind, _ in blocks[:2]] == [0x0A0D0D0A, 1]
    assert struct.unpack_from("<IHH", blocks[0][1]) == (0x1A2B3C4D, 1, 0)
    assert struct.unpack_from("<H", blocks[1][1]) == (147,)
    assert b"\x09\x00\x01\x00\x09" in blocks[1][1]
    directions = set()
    last = before - 1_000_000
    for kind, body in blocks[2:]:
        assert kind == 6
        interface, high, low, captured, original = struct.unpack_from("<IIIII", body)
        assert (interface, captured) == (0, original)
        assert last <= high << 32 | low <= after
        last = high << 32 | low
        frame = body[20 : 20 + captured]
        assert frame[:1] == frame[-1:] == b"\x7e"
        code, size, flags = struct.unpack_from("<HHI", body, 20 + (captured + 3) // 4 * 4)
        assert (code, size) == (2, 4)
        directions.add(flags)
    assert directions == {1, 2}


def pcapng_blocks(file: bytes):
    position = 0
    while position < len(file):
        kind, size = struct.unpack_from("<II", file, position)
        assert size % 4 == 0
        assert struct.unpack_from("<I", file, position + size - 4) == (size,)
        yield kind, file[position + 8 : position + size - 4]
        position += size
    assert position == len(file)


def test_files(make_board, tmp_path):
    (tmp_path / "a.txt").write_bytes(b"abc")
    board = make_board(
        "--min-delay", "0", "--resource-status", "--file", f"/d/a={tmp_path}/a.txt:rw",
        "--file", f"/d/../b={tmp_path}/none",
    )  # fmt: skip
    listed = [event for event in events(run("ls", "--json", "--port", board.port).stdout) if event["type"] == "file"]
    assert [(event["path"], event["id"], event["size"]) for event in listed] == [("/d/a", 0, 3), ("/d/../b", 1, 0)]
    told = events(run("status", "/d/a", "--json", "--port", board.port).stdout)
    status = next(event for event in told if event["type"] == "resource_status")
    assert (status["readable_offset"], status["read_checksum"]) == (3, "0x352441c2")
    read = run("read", "/d/", "-o", tmp_path / "out", "--json", "--port", board.port)
    files = [event for event in events(read.stdout) if event["type"] == "file_read"]
    assert [event["exit_code"] for event in files] == [0, 76]
    assert events(read.stdout)[-1]["exit_code"] == read.returncode == 76
    removed = events(run("rm", "/d/a", "--json", "--port", board.port).stdout)
    assert [event["confirmed"] for event in removed if event["type"] == "removed"] == [True]


def test_doctor(make_board, tmp_path):
    board = make_board()
    found = events(run("doctor", "--port", board.port, "--listen", "50ms", "--talk", "--json").stdout)
    assert [event["finding"] for event in found[1:-2]] == ["ok"] * 11
    assert [(event["type"], event["exit_code"]) for event in found[-2:]] == [("device_result", 0), ("result", 0)]
    found = events(run("doctor", "--port", tmp_path / "none", "--json").stdout)
    assert (found[1]["check"], found[1]["finding"], found[-1]["exit_code"]) == ("port", "problem", 69)
    assert (found[-2]["type"], found[-2]["error"]) == ("device_result", found[-1]["error"])
