"""Containers lack various things of a machine. These tests show how the command deals with that."""

import json
import os
import pathlib
import signal

import pytest
from conftest import PATIENCE, Container, needs_root

NO_SYS = ("--tmpfs", "/sys")
NO_PROC = ("--tmpfs", "/proc")
NO_UDEV = "udev does not run here"
WATCHING = f"{NO_UDEV}: /dev is watched instead"


def events(text: str, kind: str) -> list[dict]:
    return [event for event in map(json.loads, text.splitlines()) if event["type"] == kind]


def read_to(process, text: str) -> str:
    """What the process prints on standard error, up to this text."""
    said = ""
    while text not in said:
        line = process.stderr.readline()
        assert line, said
        said += line
    return said


def check_transfers(container: Container, board, *port: str | pathlib.Path) -> None:
    done = container.run("read", "3", "-o", "log.bin", *port)
    assert done.returncode == 0, done.stderr
    assert (container.home / "log.bin").read_bytes() == board.content
    (container.home / "new.bin").write_bytes(board.content[::-1])
    done = container.run("write", "2", "new.bin", *port)
    assert done.returncode == 0, done.stderr
    assert board.written.read_bytes() == board.content[::-1]


@pytest.mark.parametrize("port", ["", "serial:AAA0", "usb:2e8a:000a", "path:pci-0000:00:14.0-usb-0:1", "/dev/ttyACM0"])
def test_sys_alone_says_which_port_it_is(machine, make_board, home, port):
    board = make_board()
    machine.plug(0, "AAA0")
    machine.hand_in(0, board.terminal)
    check_transfers(Container(machine, home), board, *(["--port", port] if port else []))


def test_ports_that_were_not_handed_in_are_no_choice(machine, make_board, home):
    """/sys shows the ports of the host, as it does in every container of docker and podman."""
    board = make_board()
    machine.plug(0, "AAA0")
    machine.plug(1, "BBB1")
    machine.hand_in(1, board.terminal)
    container = Container(machine, home)
    done = container.run("ports")
    assert "BBB1" in done.stdout and "AAA0" not in done.stdout, done.stdout
    assert "not listed: no node here, as in a container that has only what was handed in: /dev/ttyACM0 (Raspberry Pi Pico)" in done.stderr
    check_transfers(container, board)
    for port in ("serial:AAA0", "/dev/ttyACM0"):
        done = container.run("read", "3", "-o", "log.bin", "--port", port)
        assert done.returncode == 69, done.stderr
        assert "/dev/ttyACM0" in done.stderr and "try:   hand it in: docker run --device /dev/ttyACM0" in done.stderr
        done = container.run("doctor", "--port", port)
        assert (done.returncode, "hand it in: docker run --device /dev/ttyACM0" in done.stdout) == (69, True), done.stdout


def test_all_are_those_that_were_handed_in(machine, make_board, home):
    boards = [make_board(), make_board()]
    for number, board in enumerate([*boards, None]):
        machine.plug(number, f"SN{number}")
        if board:
            machine.hand_in(number, board.terminal)
    done = Container(machine, home).run("read", "3", "-o", "{serial}.bin", "--all")
    assert done.returncode == 0, done.stderr
    assert [(home / f"SN{number}.bin").read_bytes() for number in (0, 1)] == [board.content for board in boards]


@pytest.mark.parametrize("lacking", [NO_SYS, NO_PROC, NO_SYS + NO_PROC], ids=["sys", "proc", "both"])
def test_only_the_node(machine, make_board, home, lacking):
    board = make_board()
    machine.plug(0, "AAA0")
    machine.hand_in(0, board.terminal)
    container = Container(machine, home, *lacking)
    check_transfers(container, board, "--port", "/dev/ttyACM0")
    check_transfers(container, board, "--port", "/dev/ttyACM0", "--wait=60s", "--reconnect")
    done = container.run("doctor", "--port", "/dev/ttyACM0", "--talk")
    assert (done.returncode, "healthy, the device answers" in done.stdout) == (0, True), done.stdout + done.stderr


@needs_root
@pytest.mark.parametrize("options", [NO_SYS, NO_SYS + NO_PROC, ()], ids=["no sys", "no sys, no proc", "foreign sys"])
def test_nodes_are_known_by_their_numbers(machine, home, options):
    if "/proc" not in options and "/dev/ttyACM" not in pathlib.Path("/proc/tty/drivers").read_text():
        # The drivers that the kernel lists need not include one for USB.
        options += ("--ro-bind", home / "drivers", "/proc/tty/drivers")
        (home / "drivers").write_text(
            "acm                  /dev/ttyACM   166 0-255 serial\npty_slave            /dev/pts      136 0-1048575 pty:slave\n"
            "/dev/ptmx            /dev/ptmx       5       2 system\n")  # fmt: skip
    machine.make_node("ttyACM0", 166, 0)
    machine.make_node("ttyACM1", 166, 1)
    machine.make_node("tty1", 4, 1)
    machine.make_node("zero", 1, 5)
    machine.link("by-id", "usb-Raspberry_Pi_Pico_AAA0-if00", "ttyACM0")
    machine.link("by-path", "pci-0000:00:14.0-usb-0:1:1.0", "ttyACM0")
    container = Container(machine, home, *options)
    done = container.run("ports")
    rows = [line.split()[0] for line in done.stdout.splitlines()]
    assert rows == ["PORT", "/dev/ttyACM0", "/dev/ttyACM1"], done.stdout + done.stderr
    assert ("there is no /sys: ports are known by the numbers of their nodes alone" in done.stderr) == bool(options[:2] == NO_SYS)
    found = events(container.run("ports", "--json").stdout, "port")
    assert [(port["usb"], port.get("by_id"), port.get("serial_number")) for port in found] == [
        (True, "/dev/serial/by-id/usb-Raspberry_Pi_Pico_AAA0-if00", None), (True, None, None)]  # fmt: skip
    # There is no device behind the node, so the port is found and cannot be opened.
    done = container.run("read", "3", "-o", "x", "--port", "path:pci-0000:00:14.0-usb-0:1:1.0")
    assert (done.returncode, "/dev/ttyACM0: no such device" in done.stderr) == (69, True), done.stderr
    done = container.run("read", "3", "-o", "x")
    assert done.returncode == 69 and "there are 2 USB serial ports" in done.stderr, done.stderr


def test_what_only_sys_knows_is_not_waited_for_without_it(machine, home):
    container = Container(machine, home, *NO_SYS)
    for port in ("usb:2e8a:000a", "serial:AAA0"):
        done = container.run("read", "3", "-o", "x", "--port", port, "--wait")
        assert done.returncode == 69, done.stderr
        assert "there is no /sys" in done.stderr and "docker run --device" in done.stderr, done.stderr


@needs_root
def test_a_node_with_another_name(machine, home):
    """As with `docker run --device /dev/ttyACM1:/dev/board`; and a node that has the name of another port of the
    host.
    """
    machine.plug(0, "AAA0")
    machine.plug(1, "BBB1")
    machine.make_node("board", 166, 1)
    found = events(Container(machine, home).run("ports", "--json").stdout, "port")
    assert [(port["node"], port["serial_number"]) for port in found] == [("/dev/board", "BBB1")]
    (machine.dev / "board").rename(machine.dev / "ttyACM0")
    found = events(Container(machine, home).run("ports", "--json").stdout, "port")
    assert [(port["node"], port["serial_number"]) for port in found] == [("/dev/ttyACM0", "BBB1")]


@pytest.mark.parametrize("port", ["", "serial:AAA0", "path:pci-0000:00:14.0-usb-0:1:1.0"])
def test_waits_without_udev_and_says_so_once(machine, make_board, home, port):
    board = make_board()
    process = Container(machine, home).start("read", "3", "-o", "log.bin", "--wait", *(["--port", port] if port else []))
    said = read_to(process, WATCHING)
    machine.plug(0, "AAA0")
    machine.hand_in(0, board.terminal)
    _, errors = process.communicate(timeout=PATIENCE)
    assert (process.returncode, (home / "log.bin").read_bytes()) == (0, board.content), errors
    assert (said + errors).count(NO_UDEV) == 1, said + errors


def test_devices_are_waited_for_without_udev(machine, make_board, home):
    boards = [make_board(), make_board()]
    process = Container(machine, home).start("read", "3", "-o", "{serial}.bin", "--devices", "2", "--wait")
    said = read_to(process, WATCHING)
    for number, board in enumerate(boards):
        machine.plug(number, f"SN{number}")
        machine.hand_in(number, board.terminal)
    _, errors = process.communicate(timeout=PATIENCE)
    assert process.returncode == 0, errors
    assert [(home / f"SN{number}.bin").read_bytes() for number in (0, 1)] == [board.content for board in boards]
    assert (said + errors).count(NO_UDEV) == 1, said + errors


@needs_root
def test_watch_without_udev(machine, home):
    process = Container(machine, home, *NO_SYS, *NO_PROC).start("ports", "--watch", "--json")
    while not (first := events(process.stdout.readline(), "note")) or WATCHING not in first[0]["message"]:
        pass
    for change in ("plugged", "unplugged"):
        if change == "plugged":
            machine.make_node("ttyACM3", 166, 3)
        else:
            (machine.dev / "ttyACM3").unlink()
        event = json.loads(process.stdout.readline())
        assert (event["type"], event["node"]) == (change, "/dev/ttyACM3")
    process.send_signal(signal.SIGKILL)
    process.communicate()


@needs_root
def test_without_udev_links_come_with_the_node(machine, home):
    process = Container(machine, home, *NO_SYS, *NO_PROC).start("ports", "--watch", "--json")
    while not (first := events(process.stdout.readline(), "note")) or WATCHING not in first[0]["message"]:
        pass
    machine.make_node("ttyACM0", 166, 0)
    assert json.loads(process.stdout.readline())["type"] == "plugged"
    machine.link("by-id", "usb-Pico-if00", "ttyACM0")
    event = json.loads(process.stdout.readline())
    assert (event["type"], event["by_id"]) == ("changed", "/dev/serial/by-id/usb-Pico-if00")
    process.send_signal(signal.SIGKILL)
    process.communicate()


@needs_root
@pytest.mark.parametrize("lacking", [(), NO_SYS], ids=["sys", "no sys"])
def test_a_group_that_the_container_does_not_know(machine, make_board, home, lacking):
    """As in rootless podman: the user of the host is not a member of the group, and the group has no name here."""
    board = make_board()
    os.chown(board.terminal, 0, 20)
    os.chmod(board.terminal, 0o660)
    machine.plug(0, "AAA0")
    machine.hand_in(0, board.terminal)
    container = Container(machine, home, *lacking, user=12345)
    for command in (["read", "3", "-o", "log.bin"], ["doctor"]):
        done = container.run(*command, "--port", "/dev/ttyACM0")
        assert done.returncode == 77, done.stderr
        assert "podman run --group-add keep-groups" in done.stdout + done.stderr
    os.chmod(board.terminal, 0o666)
    check_transfers(container, board, "--port", "/dev/ttyACM0")


@needs_root
def test_a_folder_of_nodes_without_devices(machine, home):
    """The folder of the host was handed in, but not the device."""
    machine.plug(0, "AAA0")
    machine.make_node("ttyACM0", 166, 0)
    container = Container(machine, home, "--ro-bind", machine.dev, "/dev")
    for command in (["read", "3", "-o", "log.bin"], ["doctor"]):
        done = container.run(*command, "--port", "/dev/ttyACM0")
        assert done.returncode == 77, done.stdout + done.stderr
        assert "hand the device itself in: docker run --device /dev/ttyACM0" in done.stdout + done.stderr


def test_two_containers_with_one_port(machine, make_board, home):
    """The lock in one container keeps out the other, although neither container sees the processes of the other."""
    board = make_board()
    machine.plug(0, "AAA0")
    machine.hand_in(0, board.terminal)
    container = Container(machine, home)
    holder = container.start("monitor", "--port", "/dev/ttyACM0", "--json")
    while not events(holder.stdout.readline(), "port_opened"):
        pass
    done = container.run("read", "3", "-o", "log.bin", "--port", "serial:AAA0")
    assert (done.returncode, "/dev/ttyACM0 is in use by another program" in done.stderr) == (75, True), done.stderr
    waiting = container.start("read", "3", "-o", "log.bin", "--wait")
    read_to(waiting, "it is in use by another program")
    holder.kill()
    holder.communicate()
    _, errors = waiting.communicate(timeout=PATIENCE)
    assert (waiting.returncode, (home / "log.bin").read_bytes()) == (0, board.content), errors


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_the_first_process_of_a_container_stops(machine, home, number):
    """The kernel does not let a signal kill the first process."""
    container = Container(machine, home, "--as-pid-1")
    process = container.start("read", "3", "-o", "log.bin", "--wait")
    read_to(process, WATCHING)
    children = pathlib.Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()
    os.kill(int(children[0]), number)
    process.communicate(timeout=PATIENCE)
    assert process.returncode == 128 + number
