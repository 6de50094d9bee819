"""Documentation/examples/openhtf-station.py in OpenHTF, on good boards and on others."""

import base64
import json
import pathlib

import pytest
from conftest import EXAMPLES, FIRMWARE, run

from pwtransfer import simulation


@pytest.fixture
def station(tmp_path):
    (tmp_path / "firmware.bin").write_bytes(FIRMWARE)

    def run_station(device, firmware: str = "firmware.bin") -> dict:
        options = {"board_port": device.port, "firmware": firmware, "records": tmp_path / "{dut_id}.json"}
        words = [word for name, value in options.items() for word in ("--config-value", f"{name}={value}")]
        done = run(EXAMPLES / "openhtf-station.py", *words, cwd=tmp_path)
        record = json.loads(pathlib.Path(tmp_path, "board.json").read_text())
        assert done.returncode == (0 if record["outcome"] == "PASS" else 1), done.stdout
        return record

    return run_station


def test_a_good_board(station, tmp_path):
    flash = tmp_path / "flash.bin"
    flash.touch()
    with simulation.Device({2: flash, 3: flash, 4: b"boot\n"}) as device:
        record = station(device)
    assert record["outcome"] == "PASS"
    assert flash.read_bytes() == FIRMWARE
    phases = {phase["name"]: phase for phase in record["phases"]}
    assert phases["write_firmware"]["measurements"]["verified_by"]["measured_value"] == "readback"
    assert base64.b64decode(phases["keep_log"]["attachments"]["board.log"]["data"]) == b"boot\n"


def test_a_board_that_does_not_keep_its_data(station):
    with simulation.Device({2: b"", 3: b"something else", 4: b"boot\n"}) as device:
        record = station(device)
    assert record["outcome"] != "PASS"
    assert [phase["name"] for phase in record["phases"]].count("write_firmware") == 3


def test_a_mistake_of_the_station(station):
    with simulation.Device({2: b"", 3: b"", 4: b"boot\n"}) as device:
        record = station(device, firmware="missing.bin")
    assert record["outcome"] == "ERROR"
    assert "missing.bin" in json.dumps(record["outcome_details"])
