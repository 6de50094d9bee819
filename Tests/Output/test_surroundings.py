"""Bad surroundings of a station: full disks, removed folders, odd names, signals, options that exclude each other."""

import os
import pathlib
import signal
import subprocess

import pytest
from conftest import PATIENCE, PROGRAM, environment, events, run, start

HOSTILE = "/log\x1b[31mred"


def full():
    return open("/dev/full", "wb", buffering=0)


@pytest.mark.parametrize("arguments", [["--help"], ["read", "--help"], ["--version"], ["--generate-completion-script", "bash"]])
def test_full_disk_under_what_was_asked_about_the_program(arguments):
    with full() as output:
        done = run(*arguments, stdout=output)
    assert done.returncode == 73
    assert "cannot write standard output: No space left on device" in done.stderr


def test_full_disk_ends_the_watch_of_ports():
    with full() as output:
        done = run("ports", "--watch", "--json", stdout=output)
    assert done.returncode == 73
    assert "cannot write standard output" in done.stderr and "try:" in done.stderr


@pytest.mark.parametrize("option", [[], ["--json"]])
def test_full_disk_hides_no_problem(tmp_path, option):
    with full() as output:
        done = run("doctor", "--port", tmp_path / "none", *option, stdout=output)
    assert (done.returncode, "there is no such port" in done.stderr) == (69, True)


def test_reader_of_the_watch_leaves():
    process = start("ports", "--watch", "--json")
    process.stdout.readline()
    process.stdout.close()
    assert process.wait(PATIENCE) == 73
    assert "Broken pipe" in process.stderr.read()


def test_help_is_asked_for_alone():
    done = run("write", "--help")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("OVERVIEW: ")
    assert events(run("write", "--json", "--help").stdout)[-1]["exit_code"] == 64


def test_names_of_the_device_do_not_reach_the_terminal(make_board, tmp_path):
    board = make_board("--file", f"{HOSTILE}={tmp_path}/flash.bin")
    done = run("read", "/log-[31mred", "--port", board.port, "-o", tmp_path / "out")
    assert r"did you mean /log\u{1B}[31mred?" in done.stderr
    assert "\x1b" not in done.stderr


def test_names_of_files_do_not_reach_the_terminal(make_board, tmp_path):
    board = make_board("--min-delay", "0")
    name = tmp_path / "in\x1b[31m\n.bin"
    name.write_bytes(b"x" * 100)
    done = run("write", "2", name, "--port", board.port, "--verify", "checksum:crc32", "-v")
    assert "\x1b" not in done.stderr
    board.stop()
    board = make_board("--min-delay", "0", "--resource-status")
    (tmp_path / "written.bin").touch()
    done = run("write", "2", name, "--port", board.port, "--verify", "checksum:crc32", "-v")
    assert done.returncode == 0, done.stderr
    assert r"in\u{1B}[31m\n.bin" in done.stderr and "\x1b" not in done.stderr


@pytest.mark.parametrize("option", ["--capture", "--trace"])
def test_input_is_not_recorded_into(make_board, tmp_path, option):
    board = make_board("--min-delay", "0")
    (tmp_path / "in.bin").write_bytes(b"firmware")
    (tmp_path / "link").symlink_to("in.bin")
    for name in (tmp_path / "in.bin", tmp_path / "link"):
        done = run("write", "2", tmp_path / "in.bin", "--port", board.port, f"{option}={name}")
        assert done.returncode == 64, done.stderr
        assert f"{option} names a file of the transfer itself" in done.stderr
    with open(tmp_path / "in.bin") as source:
        done = run("write", "2", "-", "--port", board.port, f"{option}={tmp_path}/in.bin", stdin=source)
    assert done.returncode == 64
    assert (tmp_path / "in.bin").read_bytes() == b"firmware"
    assert not (tmp_path / "written.bin").exists()


@pytest.mark.parametrize(
    ("output", "recording"), [("out", "./out"), ("log-{serial}", "log-{serial}"), ("out --resume", "out.part")]
)
def test_output_is_not_recorded_into(tmp_path, output, recording):
    done = run("read", "3", "--port", "/dev/null", "-o", *output.split(), "--capture", recording, cwd=tmp_path)
    assert done.returncode == 64, done.stderr
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "arguments",
    [
        ["write", "2", "log-1.bin", "--trace=log-{index}.bin"],
        ["write", "2", "log-1.bin", "--all", "--capture=log-{index}.bin"],
        ["read", "3", "-o", "log-{index}.bin", "--capture=log-1.bin"],
        ["read", "3", "-o", "log-1", "--resume", "--capture=log-{index}.part"],
        ["read", "3", "-o", "log-{index}.bin", "--all", "--trace=./log-1.bin"],
        ["read", "3", "-o", "out", "--trace=log-{index}.bin", "--capture=log-1.bin"],
        ["status", "3", "--trace=log-1.bin", "--capture=log-{index}.bin"],
        ["monitor", "--log=log-1.bin", "--timeout=1s", "--capture=log-{index}.bin"],
        ["monitor", "--log=log-1.bin", "--timeout=1s", "--capture=log-{index}.bin", "--all"],
    ],
)
def test_names_that_a_device_completes_are_compared(make_board, tmp_path, arguments):
    board = make_board("--min-delay", "0")
    (tmp_path / "log-1.bin").write_bytes(b"firmware")
    before = sorted(tmp_path.iterdir())
    done = run(*arguments, "--port", board.port, cwd=tmp_path)
    assert done.returncode == 64, done.stderr
    assert "names a file of the transfer itself: " in done.stderr or "names the file of --trace: " in done.stderr
    assert (tmp_path / "log-1.bin").read_bytes() == b"firmware"
    assert sorted(tmp_path.iterdir()) == before


def test_one_file_for_trace_and_capture(tmp_path):
    done = run("read", "3", "--port", "/dev/null", "-o", "out", "--trace=log", "--capture", "./log", cwd=tmp_path)
    assert (done.returncode, list(tmp_path.iterdir())) == (64, [])


def test_special_files_take_recordings_and_data(make_board):
    board = make_board("--min-delay", "0")
    done = run("read", "3", "--port", board.port, "-q", "-o", "/dev/null", "--capture", "/dev/null", "--trace=/dev/null")
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize("path", ["-", "/dev/stdout", "/dev/fd/1"])
def test_standard_output_is_appended_to(make_board, tmp_path, path):
    board = make_board("--min-delay", "0")
    (tmp_path / "out").write_bytes(b"head")
    with open(tmp_path / "out", "ab") as output:
        assert run("read", "3", "--port", board.port, "-q", "-o", path, stdout=output).returncode == 0
    assert (tmp_path / "out").read_bytes() == b"head" + board.content


@pytest.mark.parametrize("output", [[], ["-o", "-"], ["--output=/dev/stdout"]])
def test_complaint_does_not_go_where_the_data_would(output):
    done = run("read", "3", *output, "--json", "--no-such-option")
    assert (done.returncode, done.stdout) == (64, "")
    assert events(done.stderr)[-1]["exit_code"] == 64


def test_wrong_configuration_has_a_result(tmp_path):
    (tmp_path / ".pwtransfer.toml").write_text("=")
    command = [PROGRAM, "read", "3", "-o", "out"]
    done = subprocess.run(
        command, env=environment(PWTRANSFER_JSON="1"), cwd=tmp_path, capture_output=True, text=True, check=False, timeout=PATIENCE
    )
    assert (done.returncode, done.stderr) == (78, "")
    assert events(done.stdout)[-1]["error"]["code"] == "configuration"


@pytest.mark.parametrize("text", ["window = true\n", 'window = "x"\n'])
def test_each_mistake_in_the_configuration_says_what_to_try(tmp_path, text):
    (tmp_path / ".pwtransfer.toml").write_text(text)
    done = run("config", "check", cwd=tmp_path)
    assert (done.returncode, "try:" in done.stderr) == (78, True)


def test_no_room_for_a_copy_of_a_stream(make_board, tmp_path):
    board = make_board()
    done = subprocess.run(
        [PROGRAM, "write", "2", "-", "--port", board.port, "--verify", "readback"],
        env=environment(TMPDIR=f"{tmp_path}/none"), input=b"data", capture_output=True, timeout=PATIENCE, check=False,
    )  # fmt: skip
    assert done.returncode == 73
    assert b"TMPDIR=FOLDER" in done.stderr
    assert not (tmp_path / "written.bin").exists()


@pytest.mark.parametrize("option", ["--retries", "--lifetime-retries"])
def test_more_retries_than_can_be_counted(make_board, tmp_path, option):
    board = make_board("--min-delay", "0")
    arguments = ["read", "3", "--port", board.port, "-q", "-o", tmp_path / "out", option]
    assert run(*arguments, "4294967295", "--chunk-timeout", "8000h", "--start-timeout", "8000h").returncode == 0
    done = run(*arguments, "9223372036854775807")
    assert (done.returncode, f"{option} must be at most 4294967295" in done.stderr) == (64, True)


def test_scenario_is_quiet(tmp_path):
    (tmp_path / "flash.bin").write_bytes(b"x" * 100)
    (tmp_path / "s.toml").write_text('[[device]]\nlink = "board"\nresource = "3=flash.bin"\n')
    for options, count in (([], 1), (["--quiet"], 0)):
        process = start("simulate", "--scenario", "s.toml", *options, cwd=tmp_path)
        while process.stdout.readline() != "ready\n":
            assert process.poll() is None
        assert run("read", "3", "--port", "board", "-q", "-o", "out", cwd=tmp_path).returncode == 0
        process.terminate()
        assert process.communicate(timeout=PATIENCE)[1].count("read of resource 3") == count


def test_waiting_for_a_tray_has_its_own_code(make_board, tmp_path):
    board = make_board()
    ports = ["--port", board.port, "--port", tmp_path / "none"]
    done = run("read", "3", "--devices", "2", *ports, "--wait=100ms", "-o", "out-{index}", "--json", cwd=tmp_path)
    assert done.returncode == 69
    assert [event["code"] for event in events(done.stdout) if event["type"] == "note"] == ["waiting_for_port"]


def test_stopped_decoding_has_a_result(tmp_path):
    os.mkfifo(tmp_path / "capture")
    process = start("decode", tmp_path / "capture", "--format", "raw", "--json")
    with open(tmp_path / "capture", "wb"):
        line = process.stdout.readline()
        process.send_signal(signal.SIGTERM)
        output, _ = process.communicate(timeout=PATIENCE)
    assert process.returncode == -signal.SIGTERM
    assert events(line + output)[-1]["exit_code"] == 143


def test_limit_of_files(tmp_path):
    """A limit of the system comes with advice, too."""
    script = 'ulimit -n 4; exec "$0" "$@"'
    done = subprocess.run(
        ["sh", "-c", script, PROGRAM, "doctor", "--port", tmp_path / "none"], capture_output=True, text=True, check=False
    )
    assert done.returncode == 78
    assert "cannot make a pipe: Too many open files" in done.stderr and "ulimit -a" in done.stderr


def blocked_signals(process: subprocess.Popen) -> int:
    status = pathlib.Path(f"/proc/{process.pid}/status").read_text()
    return int(next(line.split()[1] for line in status.splitlines() if line.startswith("SigBlk:")), 16)


def test_nohup(tmp_path):
    """Signals that were ignored at the start stay ignored."""
    (tmp_path / "flash.bin").write_bytes(b"x")
    script = 'trap "" HUP INT; exec "$0" "$@"'
    command = ["sh", "-c", script, PROGRAM, "simulate", "--link", "board", "--resource", "3=flash.bin"]
    with subprocess.Popen(command, cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as device:
        try:
            while device.stdout.readline() != "ready\n":
                assert device.poll() is None
            assert blocked_signals(device) & (1 << signal.SIGHUP - 1 | 1 << signal.SIGINT - 1) == 0
            device.send_signal(signal.SIGHUP)
            device.send_signal(signal.SIGINT)
            assert run("read", "3", "--port", "board", "-q", "-o", "out", cwd=tmp_path).returncode == 0
            device.send_signal(signal.SIGTERM)
            assert device.wait(PATIENCE) == 0
        finally:
            device.kill()
