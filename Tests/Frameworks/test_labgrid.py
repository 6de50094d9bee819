"""The driver for labgrid, with ser2net between the driver and the simulated device."""

import pathlib
import shutil
import sys

import pytest
import yaml
from conftest import EXAMPLES, FIRMWARE, free_port, listens, run, wait_for

from pwtransfer import simulation

PROTOCOLS = ["raw", "rfc2217"]


@pytest.fixture
def device(tmp_path):
    flash = tmp_path / "flash.bin"
    flash.touch()
    with simulation.Device({2: flash, 3: flash, 4: b"boot\n"}) as device:
        yield device


def node_of(device) -> str:
    return str(pathlib.Path(device.port).resolve())


@pytest.fixture
def environment(tmp_path):
    """The example's environment, with other resources."""

    def make(**resources: dict) -> pathlib.Path:
        content = yaml.safe_load((EXAMPLES / "labgrid-board.yaml").read_text())
        content["targets"]["main"]["resources"] = resources
        (tmp_path / "firmware.bin").write_bytes(FIRMWARE)
        shutil.copy(EXAMPLES / "test_labgrid_board.py", tmp_path)
        (tmp_path / "environment.yaml").write_text(yaml.safe_dump(content))
        return tmp_path / "environment.yaml"

    return make


def run_tests(environment: pathlib.Path, *words: str, **variables: str):
    words = ("-p", "no:cacheprovider", "--lg-env", environment, *words, "test_labgrid_board.py")
    return run("-m", "pytest", *words, cwd=environment.parent, **variables)


def network_port(port: int, protocol: str, host: str = "localhost") -> dict:
    return {"host": host, "port": port, "speed": 115200, "protocol": protocol}


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_a_network_serial_port(device, environment, make_ser2net, protocol):
    port = make_ser2net(node_of(device), protocol)
    done = run_tests(environment(NetworkSerialPort=network_port(port, protocol)))
    assert done.returncode == 0, done.stdout
    assert "3 passed" in done.stdout
    # The second run succeeds only if the first one has freed the port.
    assert run_tests(environment(NetworkSerialPort=network_port(port, protocol))).returncode == 0


def test_a_serial_port(device, environment):
    done = run_tests(environment(RawSerialPort={"port": device.port}))
    assert done.returncode == 0, done.stdout
    assert "3 passed" in done.stdout


DRIVER = """
import pytest
from labgrid.binding import StateError
from pwtransfer import transfer

def test_driver(target, tmp_path):
    driver = target.get_driver("PigweedTransferDriver", activate=False)
    with pytest.raises(StateError):
        driver.read(3)
    target.activate(driver)
    (tmp_path / "other.bin").write_bytes(b"other")
    driver.load(tmp_path / "other.bin")
    assert driver.read(3) == b"other"
    driver.write_file(2, tmp_path / "other.bin", verify="readback", verify_from=3)
    driver.read_file(3, tmp_path / "back.bin")
    assert (tmp_path / "back.bin").read_bytes() == b"other"
    with pytest.raises(transfer.DeviceRefused) as caught:
        driver.read(9)
    assert caught.value.status == "NOT_FOUND"
    target.deactivate(driver)
    with pytest.raises(StateError):
        driver.write(2, b"data")

def test_bootstrap(target):
    from labgrid.protocol import BootstrapProtocol
    target.get_active_driver  # What strategies use.
    assert target.get_driver(BootstrapProtocol).image == "firmware"
"""


def test_the_methods_of_the_driver(device, environment):
    file = environment(RawSerialPort={"port": device.port})
    (file.parent / "test_driver.py").write_text(DRIVER)
    done = run("-m", "pytest", "-p", "no:cacheprovider", "--lg-env", file, "test_driver.py", cwd=file.parent)
    assert done.returncode == 0, done.stdout


def test_a_protocol_that_does_not_exist(environment):
    done = run_tests(environment(NetworkSerialPort=network_port(1, "quic")))
    assert done.returncode == 1
    assert "is none of raw, rfc2217: quic" in done.stdout


def test_an_address_of_ipv6(environment):
    done = run_tests(environment(NetworkSerialPort=network_port(1, "raw", host="//[::1]")), "-k", "test_log")
    assert done.returncode == 1
    assert "tcp:[::1]:1" in done.stdout


EXPORTS = """
bench:
  RawSerialPort:
    port: {node}
    speed: 115200
"""


@pytest.fixture
def place(device, start, tmp_path):
    """A board that another machine of the lab exports, acquired by its name: runs coordinator, exporter and client of
    labgrid.
    """
    coordinator = f"localhost:{free_port()}"
    tools = pathlib.Path(sys.executable).parent
    start(tools / "labgrid-coordinator", "-l", coordinator, cwd=tmp_path)
    wait_for(lambda: listens(int(coordinator.rpartition(":")[2])), "coordinator")
    (tmp_path / "exports.yaml").write_text(EXPORTS.format(node=node_of(device)))
    start(tools / "labgrid-exporter", "-c", coordinator, "--hostname", "localhost", tmp_path / "exports.yaml", cwd=tmp_path)

    def client(*words: str) -> str:
        return run(tools / "labgrid-client", "-x", coordinator, *words, cwd=tmp_path).stdout

    wait_for(lambda: "bench/NetworkSerialPort" in client("resources"), "exporter")
    client("-p", "board", "create")
    client("-p", "board", "add-match", "*/bench/*")
    acquired = client("-p", "board", "acquire")
    assert "acquired place board" in acquired
    yield coordinator
    client("-p", "board", "release")


def test_a_place_of_the_lab(place, environment):
    done = run_tests(environment(RemotePlace={"name": "board"}), "--lg-coordinator", place)
    assert done.returncode == 0, done.stdout
    assert "3 passed" in done.stdout
