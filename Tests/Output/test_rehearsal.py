"""A scenario in the place of all ports: what a factory's station does with serial numbers and places, without hardware."""

import json
import pathlib
import subprocess
from collections.abc import Iterator

import pytest
from conftest import PATIENCE, PROGRAM, environment, events, start

NOTE = "PWTRANSFER_SIMULATED_PORTS is set: all ports are simulated ones, of tray.toml\n"
SCENARIO = """
[defaults]
link = "{name}"
resource = ["2={name}.flash:w", "3={name}.log"]
min-delay = "0"
usb = "2e8a:000a"

[[device]]
count = 3
name = "good"
serial-number = "SN-0{index}"
place = "bench-usb-0:1.{index}"
"""


class Bench:
    """A station at which a scenario takes the place of all ports."""

    def __init__(self, folder: pathlib.Path, scenario: str) -> None:
        self.folder = folder
        (folder / "tray.toml").write_text(scenario)
        for number in (1, 2, 3):
            (folder / f"good-{number}.log").write_text(f"log of good-{number}")

    def plug_in(self) -> None:
        self.process = start("simulate", "--scenario", "tray.toml", "--quiet", cwd=self.folder)
        while self.process.stdout.readline() != "ready\n":
            assert self.process.poll() is None, self.process.stderr.read()

    def unplug(self) -> None:
        self.process.terminate()
        self.process.communicate(timeout=PATIENCE)

    def begin(self, *arguments: str) -> subprocess.Popen:
        return subprocess.Popen(
            [PROGRAM, *arguments], cwd=self.folder, env=environment(PWTRANSFER_SIMULATED_PORTS="tray.toml"),
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        )  # fmt: skip

    def run(self, *arguments: str) -> tuple[int, str, str]:
        """Exit code, output and messages."""
        process = self.begin(*arguments)
        output, messages = process.communicate(timeout=PATIENCE)
        return process.returncode, output, messages


@pytest.fixture
def bench(tmp_path: pathlib.Path) -> Iterator[Bench]:
    bench = Bench(tmp_path, SCENARIO)
    bench.plug_in()
    yield bench
    bench.unplug()


def logs(folder: pathlib.Path) -> dict[str, str]:
    return {path.name: path.read_text() for path in folder.glob("log-*.bin")}


def test_ports(bench):
    code, output, messages = bench.run("ports")
    assert (code, messages) == (0, NOTE)
    rows = [line.split("  ") for line in output.splitlines()[1:]]
    assert [row[0] for row in rows] == ["good-1", "good-2", "good-3"]
    assert "2e8a:000a" in output and "simulated device good-2" in output and "SN-03" in output
    code, output, messages = bench.run("ports", "--json")
    found = events(output)
    assert [event["code"] for event in found if event["type"] == "note"] == ["simulated_ports"]
    ports = [event for event in found if event["type"] == "port"]
    assert [port["selector"] for port in ports] == [f"usb:2e8a:000a:SN-0{number}" for number in (1, 2, 3)]
    assert {port["driver"] for port in ports} == {"simulated"}


def test_tray_by_number_of_devices(bench):
    code, _, messages = bench.run("read", "3", "--all", "--devices", "3", "-o", "log-{serial}.bin", "-q")
    assert (code, messages) == (0, NOTE)
    assert logs(bench.folder) == {f"log-SN-0{number}.bin": f"log of good-{number}" for number in (1, 2, 3)}
    code, _, messages = bench.run("read", "3", "--all", "--devices", "4", "-o", "log-{serial}.bin")
    assert code == 69 and NOTE in messages


@pytest.mark.parametrize("port", ["serial:02", "usb:2e8a:000a:SN-02", "path:bench-usb-0:1.2", "good-2"])
def test_one_device_by_each_of_its_names(bench, port):
    code, _, messages = bench.run("read", "3", "--port", port, "-o", "log-{serial}.bin")
    assert code == 0, messages
    assert logs(bench.folder) == {"log-SN-02.bin": "log of good-2"}


def test_nobody_guesses(bench):
    code, _, messages = bench.run("read", "3", "-o", "out.bin")
    assert code == 69 and "--port usb:2e8a:000a:SN-01" in messages


@pytest.mark.parametrize("options", [[], ["--quiet"]])
def test_json_says_it(bench, options):
    _, output, _ = bench.run("write", "2", "tray.toml", "--port", "serial:01", "--json", *options)
    assert "simulated_ports" in [event.get("code") for event in events(output)]
    assert (bench.folder / "good-1.flash").read_text() == SCENARIO


def test_devices_that_come_later(tmp_path):
    bench = Bench(tmp_path, SCENARIO)
    read = bench.begin("read", "3", "--all", "--devices", "3", "--wait", "-o", "log-{serial}.bin", "--json")
    lines = []
    while not lines or json.loads(lines[-1]).get("code") != "waiting_for_port":
        lines.append(read.stdout.readline())
    bench.plug_in()
    output, messages = read.communicate(timeout=PATIENCE)
    bench.unplug()
    assert read.returncode == 0, output + messages
    assert len(logs(tmp_path)) == 3


def test_device_that_restarts_in_the_middle(tmp_path):
    bench = Bench(tmp_path, SCENARIO + 'fault = "device:hang-up-at-offset=4096"\n')
    (tmp_path / "firmware.bin").write_bytes(bytes(range(256)) * 64)
    bench.plug_in()
    code, output, messages = bench.run("write", "2", "firmware.bin", "--port", "serial:03", "--reconnect", "--json")
    bench.unplug()
    assert code == 0, messages
    assert "reconnected" in [event.get("code") for event in events(output)]
    assert (tmp_path / "good-3.flash").read_bytes() == (tmp_path / "firmware.bin").read_bytes()


def test_links_that_lead_elsewhere_are_no_devices(tmp_path):
    bench = Bench(tmp_path, SCENARIO)
    (tmp_path / "good-1").symlink_to("/dev/null")
    (tmp_path / "good-2").write_text("")
    code, _, messages = bench.run("ports")
    assert (code, messages) == (0, NOTE + "no serial ports\n")


@pytest.mark.parametrize(
    ("change", "code", "message"),
    [
        (lambda path: path.chmod(0o666), 78, "others may write to it"),
        (lambda path: path.rename(path.with_name("x")) and path.symlink_to("x"), 78, "it is a symbolic link"),
        (lambda path: path.unlink(), 66, "tray.toml"),
        (lambda path: path.write_text("[[device]]\n"), 78, "tray.toml:1: "),
        (lambda path: path.write_text("#" * 100_000), 78, "tray.toml"),
    ],
)
def test_file_that_is_not_believed(tmp_path, change, code, message):
    bench = Bench(tmp_path, SCENARIO)
    # `rename` gives the new path, so `and` goes on.
    change(tmp_path / "tray.toml")
    found, output, messages = bench.run("ports")
    assert (found, output) == (code, "") and message in messages


def test_misspelt_variable(tmp_path):
    done = subprocess.run(
        [PROGRAM, "ports"], env=environment(PWTRANSFER_SIMULATED_PORT="tray.toml"), capture_output=True, text=True,
        timeout=PATIENCE, check=False,
    )  # fmt: skip
    assert done.returncode == 78 and "did you mean PWTRANSFER_SIMULATED_PORTS?" in done.stderr
