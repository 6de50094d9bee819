"""Transfers over servers of serial ports: ser2net, pySerial's PortManager, esptool's server; and other sockets."""

import contextlib
import json
import os
import pathlib
import re
import socket
import subprocess
import termios
import threading

import pytest
from conftest import ROOT, SIZE, is_listening, loopback_host, run, start, wait_until

SER2NET = ["raw", "telnet", "rfc2217"]
PYTHON = ["pyserial", "esptool"]
FAST = ("--min-delay", "0", "--progress", "none")
# A server may take its time to free the port after the last client.
WAIT = "--wait=90s"


def read(port: str, folder: pathlib.Path, *options: str):
    return run("read", "3", "-o", folder / "out.bin", "--port", port, *options, *FAST)


@pytest.mark.parametrize("kind", SER2NET + PYTHON)
def test_a_mebibyte_each_way(make_board, make_server, tmp_path, kind):
    board = make_board()
    server = make_server(board.port, kind)
    done = read(server.port, tmp_path, WAIT)
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "out.bin").read_bytes() == board.content
    done = run("write", "2", board.source, "--port", server.port, WAIT, "--progress", "none")
    assert done.returncode == 0, done.stderr
    assert board.written.read_bytes() == board.content


def test_the_rate_arrives_at_ser2net(make_board, make_server, tmp_path):
    """ser2net sets the rate of the pseudo-terminal, where everybody can see it."""
    board = make_board()
    server = make_server(board.port, "rfc2217")
    for rate, speed in (("921600", termios.B921600), ("57600", termios.B57600)):
        process = start(
            "read", "3", "-o", tmp_path / "out.bin", "--port", server.port, WAIT, "--baud", rate, "--min-delay", "1ms", "--json"
        )
        for line in process.stdout:
            if json.loads(line)["type"] == "progress":
                break
        descriptor = os.open(board.port, os.O_RDWR | os.O_NOCTTY | os.O_NONBLOCK)
        assert termios.tcgetattr(descriptor)[5] == speed
        os.close(descriptor)
        process.kill()
        process.communicate()


def test_rate_and_modem_lines_arrive(make_board, make_server, tmp_path):
    board = make_board()
    server = make_server(board.port, "pyserial")
    done = read(server.port, tmp_path, WAIT, "--baud", "921600", "--dtr", "off", "--rts", "on")
    assert done.returncode == 0, done.stderr
    events = server.line_events()
    assert events[-1] == "rate 921600"
    assert "DTR off" in events and events[events.index("DTR off") :].count("RTS on") == 1


@pytest.mark.parametrize(
    ("method", "events"),
    [
        ("dtr", ["DTR off", "DTR on", "DTR off"]),
        ("rts", ["DTR off", "RTS on", "RTS off"]),
        ("dtr-rts", ["DTR off", "RTS off", "DTR on", "RTS on", "DTR off", "RTS off"]),
    ],
)
def test_a_reset_by_modem_lines(make_board, make_server, tmp_path, method, events):
    board = make_board()
    server = make_server(board.port, "pyserial")
    done = run("reset", "--method", method, "--port", server.port, WAIT)
    assert done.returncode == 0, done.stderr
    assert f"the device was restarted ({method})" in done.stderr
    assert server.line_events()[-len(events) :] == events
    done = run("write", "2", board.source, "--port", server.port, WAIT, "--reset-after", method, "--progress", "none")
    assert done.returncode == 0, done.stderr
    assert server.line_events()[-len(events) :] == events
    assert board.written.read_bytes() == board.content


def test_a_reset_that_the_server_does_not_confirm(make_board, make_server, tmp_path):
    board = make_board()
    server = make_server(board.port, "esptool")
    done = run("reset", "--method", "rts", "--port", server.port, WAIT)
    assert done.returncode == 64, done.stderr
    assert "the device was not restarted" in done.stderr
    done = run("reset", "--method", "rts", "--port", server.port + "?ign_set_control", WAIT)
    assert done.returncode == 0, done.stderr
    # esptool's server resets with a sequence and a timing of its own.
    wait_until(lambda: "RTS off" in server.line_events(), "the reset")


def test_a_server_that_is_silent_about_modem_lines(make_board, make_server, tmp_path):
    board = make_board()
    server = make_server(board.port, "esptool")
    done = read(server.port, tmp_path, WAIT, "--dtr", "off")
    assert done.returncode == 64, done.stderr
    assert "no DTR and RTS lines to set" in done.stderr and "ign_set_control" in done.stderr
    done = read(server.port + "?ign_set_control", tmp_path, WAIT, "--dtr", "off", "--baud", "230400")
    assert done.returncode == 0, done.stderr
    assert "DTR off" in server.line_events() and "rate 230400" in server.line_events()


def test_a_rate_that_the_server_refuses(make_board, make_server, tmp_path):
    board = make_board()
    server = make_server(board.port, "pyserial")
    done = read(server.port, tmp_path, WAIT, "--baud", "3000000")
    assert done.returncode == 64
    assert f"{server.port} does not do 3000000 baud" in done.stderr
    assert not (tmp_path / "out.bin").exists()


@pytest.mark.parametrize("kind", SER2NET)
def test_a_cut_connection(make_board, make_server, tmp_path, kind):
    board = make_board("--resource-status")
    server = make_server(board.port, kind)
    process = start(
        "read", "3", "-o", tmp_path / "out.bin", "--port", server.port, WAIT, "--reconnect=90s", "--min-delay", "1ms", "--json"
    )
    notes = []
    is_cut = False
    for line in process.stdout:
        event = json.loads(line)
        if event["type"] == "note":
            notes.append(event["code"])
        if event["type"] == "progress" and event["bytes"] > SIZE // 10 and not is_cut:
            is_cut = True
            server.stop()
            wait_until(lambda: not is_listening(server.host, server.PORT), "the end of the server")
        if notes and notes[-1] in ("waiting_for_connection", "waiting_for_device") and server.process.poll() is not None:
            server.start()
    _, errors = process.communicate()
    assert process.returncode == 0, errors
    assert (tmp_path / "out.bin").read_bytes() == board.content
    assert "connection_lost" in notes and "reconnected" in notes


@pytest.mark.parametrize("kind", SER2NET)
def test_a_port_that_another_client_has(make_board, make_server, tmp_path, kind):
    board = make_board()
    server = make_server(board.port, kind)
    first = start("read", "3", "-o", tmp_path / "first.bin", "--port", server.port, "--min-delay", "10ms", "--json")
    for line in first.stdout:
        if json.loads(line)["type"] == "progress":
            break
    done = read(server.port, tmp_path)
    assert done.returncode == 75, done.stderr
    assert "already in use" in done.stderr
    second = start("read", "3", "-o", tmp_path / "out.bin", "--port", server.port, WAIT, "--json", "--min-delay", "0")
    for line in second.stdout:
        event = json.loads(line)
        if event["type"] == "note":
            break
    assert (event["code"], "already in use" in event["message"]) == ("waiting_for_other_program", True)
    first.kill()
    first.communicate()
    _, errors = second.communicate()
    assert second.returncode == 0, errors
    assert (tmp_path / "out.bin").read_bytes() == board.content


@pytest.mark.parametrize("kind", SER2NET)
def test_waiting_for_a_server(make_board, make_server, tmp_path, kind):
    board = make_board()
    server = make_server(board.port, kind)
    server.stop()
    wait_until(lambda: not is_listening(server.host, server.PORT), "the end of the server")
    process = start("read", "3", "-o", tmp_path / "out.bin", "--port", server.port, "--wait", "--json", "--min-delay", "0")
    for line in process.stdout:
        event = json.loads(line)
        if event["type"] == "note":
            break
    assert event["code"] == "waiting_for_connection"
    server.start()
    _, errors = process.communicate()
    assert process.returncode == 0, errors


def test_servers_that_are_something_else(make_board, make_server, tmp_path):
    board = make_board()
    server = make_server(board.port, "telnet")
    done = read(f"rfc2217://{server.address}", tmp_path, WAIT)
    assert done.returncode == 64
    assert "refuses COM-PORT-OPTION" in done.stderr and f"telnet://{server.address}" in done.stderr
    with socket.create_server((loopback_host(), 0)) as silent:
        address = "{}:{}".format(*silent.getsockname())
        done = read(f"rfc2217://{address}", tmp_path)
    assert done.returncode == 75
    assert "does not answer as a telnet server" in done.stderr and f"--port tcp:{address}" in done.stderr


def test_the_doctor_knows_the_far_port(make_board, make_server):
    board = make_board()
    server = make_server(board.port, "pyserial")
    run("doctor", "--port", server.port, "--baud", "57600")
    done = run("doctor", "--port", server.port, "--talk", "--baud", "230400", "--json")
    assert done.returncode == 0, done.stdout
    checks = {event["check"]: event for event in map(json.loads, done.stdout.splitlines()) if event["type"] == "check"}
    assert checks["baud"]["message"] == "230400; it was 57600"
    assert checks["modem_lines"]["message"].endswith("CTS on, DSR on, RI off, CD off")
    assert {check["finding"] for check in checks.values()} == {"ok"}
    done = run("doctor", "--port", server.port, "--baud", "3000000")
    assert done.returncode == 64 and "does not do 3000000 baud" in done.stdout


def test_recordings_are_without_telnet(make_board, make_server, tmp_path):
    board = make_board()
    server = make_server(board.port, "rfc2217")
    capture = tmp_path / "capture.pwcap"
    done = read(server.port, tmp_path, WAIT, "-vv", "--capture", capture)
    assert done.returncode == 0, done.stderr
    for step in ("sent WILL BINARY", "received DO COM-PORT-OPTION", "sent SET-BAUDRATE 115200", "received SET-BAUDRATE 115200"):
        assert f"{server.port}: {step}" in done.stderr
    done = run("decode", capture)
    assert done.returncode == 0, done.stderr
    assert "COMPLETION" in done.stdout
    assert "stray" not in done.stdout and "damaged" not in done.stdout


def test_the_configuration_of_the_guide(make_board, tmp_path):
    """The configuration is used unchanged, except for the device and the address."""
    guide = (ROOT / "Documentation/labs.md").read_text()
    text = re.search(r"<!-- ser2net.yaml -->\n```yaml\n(.*?)```", guide, re.DOTALL)[1]
    board, host = make_board(), loopback_host()
    changed = text.replace("/dev/ttyACM0", str(board.port)).replace("tcp,4000", f"tcp,{host},4000")
    assert changed.count(host) == 1 and str(board.port) in changed
    (tmp_path / "ser2net.yaml").write_text(changed)
    server = subprocess.Popen(["/usr/sbin/ser2net", "-n", "-d", "-u", "-c", tmp_path / "ser2net.yaml"], stderr=subprocess.DEVNULL)
    try:
        wait_until(lambda: is_listening(host, 4000), "the start of ser2net")
        done = read(f"rfc2217://{host}:4000", tmp_path, WAIT)
        assert done.returncode == 0, done.stderr
        assert (tmp_path / "out.bin").read_bytes() == board.content
    finally:
        server.kill()
        server.wait()


def relay(listener: socket.socket, node: pathlib.Path) -> None:
    """Passes bytes between the first client of a socket and a terminal."""
    client, _ = listener.accept()
    terminal = os.open(node, os.O_RDWR | os.O_NOCTTY)

    def receive():
        with contextlib.suppress(OSError):
            while data := os.read(terminal, 4096):
                client.sendall(data)

    threading.Thread(target=receive, daemon=True).start()
    while data := client.recv(4096):
        os.write(terminal, data)


def test_a_socket_of_this_machine(make_board, tmp_path):
    board = make_board()
    path = tmp_path / "qemu.sock"
    done = read(f"unix:{path}", tmp_path)
    assert (done.returncode, f"unix:{path}" in done.stderr) == (69, True)
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(path))
        listener.listen()
        threading.Thread(target=relay, args=(listener, board.port), daemon=True).start()
        done = read(f"unix:{path}", tmp_path)
        assert done.returncode == 0, done.stderr
    assert (tmp_path / "out.bin").read_bytes() == board.content


def test_the_port_of_pigweed(make_board, tmp_path):
    host = loopback_host()
    board = make_board("--listen", f"{host}:33000")
    for port in (f"tcp:{host}", f"tcp://{host}", f"socket://{host}:33000", f"tcp:{host}:33000"):
        done = read(port, tmp_path)
        assert done.returncode == 0, done.stderr
        assert (tmp_path / "out.bin").read_bytes() == board.content


def has_ipv6() -> bool:
    try:
        with socket.socket(socket.AF_INET6) as probe:
            probe.bind(("::1", 0))
    except OSError:
        return False
    return True


@pytest.mark.skipif(not has_ipv6(), reason="this machine has no IPv6")
def test_ipv6(make_board, tmp_path):
    board = make_board("--listen", "[::1]:0")
    address = next(line.split("tcp:")[1].strip() for line in board.lines if "tcp:" in line)
    assert address.startswith("[::1]:")
    for port in (f"tcp:{address}", f"tcp://{address}/"):
        done = read(port, tmp_path)
        assert done.returncode == 0, done.stderr
