"""Hostile clients of `pwtransfer simulate`."""

import pathlib
import socket
import subprocess
from collections.abc import Callable, Iterator

import pytest
import wire
from attack import PROGRAM, run

PATIENCE = 30


@pytest.fixture
def simulator(tmp_path: pathlib.Path) -> Iterator[Callable]:
    """Starts a device on the network with resource 3. Returns its address, and a function that ends it and returns
    its output.
    """
    (tmp_path / "log.bin").write_bytes(b"log" * 1000)
    processes = []

    def start(*options: str) -> tuple[tuple[str, int], Callable[[], str]]:
        arguments = ["simulate", "--listen", "127.0.0.1:0", "--resource", f"3={tmp_path}/log.bin"]
        with open(tmp_path / "told", "w") as told:
            process = subprocess.Popen(
                [PROGRAM, *arguments, *options], stdout=subprocess.PIPE, stderr=told, text=True)
        processes.append(process)
        port = int(process.stdout.readline().rstrip().rpartition(":")[2])
        while process.stdout.readline() != "ready\n":
            assert process.poll() is None

        def stop() -> str:
            process.terminate()
            process.wait(PATIENCE)
            return (tmp_path / "told").read_text()

        return ("127.0.0.1", port), stop

    yield start
    for process in processes:
        process.kill()
        process.wait()
        process.stdout.close()


def start_chunk(resource: int, session: int, call: int = 5) -> bytes:
    chunk = wire.message({wire.KIND: wire.START, wire.RESOURCE: resource, wire.VERSION: 2, wire.DESIRED_SESSION: session})
    return wire.packet(wire.CLIENT_STREAM, wire.READ, call, chunk)


def connect(address: tuple[str, int]) -> socket.socket:
    client = socket.create_connection(address)
    client.settimeout(PATIENCE)
    return client


def test_idle_client_gives_way(simulator, tmp_path):
    address, _ = simulator("--idle-time", "100ms")
    with connect(address) as idle:
        done = run("read", "3", "-o", "out.bin", "--port", f"tcp:127.0.0.1:{address[1]}", folder=tmp_path)
        assert (done.code, (tmp_path / "out.bin").read_bytes()) == (0, b"log" * 1000), done
        assert idle.recv(1) == b""


def test_idle_client_stays_while_nobody_waits(simulator):
    address, _ = simulator("--idle-time", "1ms")
    with connect(address) as client:
        for call in range(5, 10):
            client.sendall(wire.packet(wire.REQUEST, wire.READ, call) + start_chunk(3, call, call))
            reader, kinds = wire.FrameReader(), []
            while wire.START_ACK not in kinds:
                received = client.recv(4096)
                assert received
                chunks = [wire.fields(payload).get(5, b"") for payload in reader.feed(received)]
                kinds += [wire.fields(chunk).get(wire.KIND) for chunk in chunks]


def test_what_is_told_of_clients_has_a_limit(simulator):
    address, stop = simulator()
    starts = b"".join(start_chunk(99, session) for session in range(1, 101))
    with connect(address) as client:
        client.sendall(wire.packet(wire.REQUEST, wire.READ, 5))
        reader, answers = wire.FrameReader(), 0
        for _ in range(200):
            client.sendall(starts)
            before = answers
            while answers - before < 100:
                answers += sum(1 for _ in reader.feed(client.recv(1 << 16)))
    lines = stop().splitlines()
    told = [line for line in lines if line.endswith("refused with NOT_FOUND")]
    left_out = [int(line.split()[0]) for line in lines if line.endswith("lines are left out here: there were too many")]
    assert len(told) + sum(left_out) == 20_000
    # A thousand events are reported at once, and then fifty a second.
    assert len(told) < 1000 + 50 * PATIENCE


def test_start_with_data_is_rejected(simulator):
    address, stop = simulator()
    chunk = {wire.KIND: wire.START, wire.RESOURCE: 3, wire.VERSION: 2, wire.DESIRED_SESSION: 7, wire.BYTES: b"data"}
    with connect(address) as client:
        client.sendall(wire.packet(wire.REQUEST, wire.READ, 5))
        client.sendall(wire.packet(wire.CLIENT_STREAM, wire.READ, 5, wire.message(chunk)))
        reader, answers = wire.FrameReader(), []
        while not answers:
            answers += reader.feed(client.recv(4096))
    answer = wire.fields(wire.fields(answers[0])[5])
    assert (answer[wire.KIND], answer[wire.STATUS_FIELD]) == (wire.COMPLETION, 3)
    assert "read of resource 3: refused with INVALID_ARGUMENT" in stop()
