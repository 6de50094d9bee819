"""The fixture and the marker for pytest, in runs of pytest of their own."""

import pytest

from pwtransfer import simulation

USES = """
import pytest

@pytest.mark.pwtransfer(baud=921600, simulate={2: b"", 3: b"log"})
class TestBoard:
    def test_read(self, pwtransfer):
        assert pwtransfer.read(3) == b"log"

    @pytest.mark.pwtransfer(verify="readback")
    def test_write(self, pwtransfer):
        assert pwtransfer.write(2, b"firmware").verified == "readback"

    @pytest.mark.pwtransfer(simulate={3: b"another"})
    def test_own_resources(self, pwtransfer):
        assert pwtransfer.read(3) == b"another"

def test_without_a_board(pwtransfer):
    raise AssertionError("there is none")
"""

BOARD = """
import pytest

@pytest.mark.pwtransfer(simulate={3: b"simulated"})
def test_board(pwtransfer):
    assert pwtransfer.read(3) == b"board"
"""


@pytest.fixture
def run(pytester):
    def run(*words: str):
        return pytester.runpytest_subprocess("-p", "pwtransfer.pytest_plugin", "--strict-markers", *words)

    return run


def test_simulated_devices(pytester, run):
    pytester.makepyfile(USES)
    result = run("-rs")
    result.assert_outcomes(passed=3, skipped=1)
    result.stdout.fnmatch_lines(["*no board: give --pwtransfer-port*"])


def test_the_port_takes_precedence_over_the_simulation(pytester, run):
    pytester.makepyfile(BOARD)
    with simulation.Device({3: b"board"}) as device:
        run("--pwtransfer-port", device.port).assert_outcomes(passed=1)
        pytester.makeini(f"[pytest]\npwtransfer_port = {device.port}\n")
        run().assert_outcomes(passed=1)
        run("--pwtransfer-port", "/dev/no-such-port").assert_outcomes(failed=1)
        pytester.makeini("[pytest]\n")
        pytester.makepyfile(BOARD.replace("simulate", f"port={device.port!r}, simulate"))
        run().assert_outcomes(passed=1)


def test_the_marker_is_documented(run):
    run("--markers").stdout.fnmatch_lines(["@pytest.mark.pwtransfer(port=None, simulate=None, **options):*"])
