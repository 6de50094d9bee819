"""For pytest: the fixture `pwtransfer`, a `Manager` of the board under test, and the marker of the same name.

    @pytest.mark.pwtransfer(baud=921600, timeout=60, simulate={3: b"log"})
    def test_log(pwtransfer):
        assert pwtransfer.read(3) == b"log"

The board is the `port` of the marker, else that of ``--pwtransfer-port``, else that of `pwtransfer_port` in the configuration
of pytest. Without any of these, the test has a simulated device with the resources of `simulate`; without that, it is skipped.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from pwtransfer import simulation, transfer

MARKER = "pwtransfer"


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.getgroup(MARKER).addoption(
        "--pwtransfer-port", metavar="PORT", help="the port of the board under test, as --port of pwtransfer"
    )
    parser.addini("pwtransfer_port", "the port of the board under test, as --port of pwtransfer", default="")


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line(
        "markers",
        "pwtransfer(port=None, simulate=None, **options): what the fixture `pwtransfer` is made with: the port, the resources of a"
        " simulated device where there is no board, and options of pwtransfer.transfer.Manager",
    )


@pytest.fixture
def pwtransfer(request: pytest.FixtureRequest) -> Iterator[transfer.Manager]:
    """A manager of the board under test."""
    options: dict[str, Any] = {}
    # The marker of a test takes precedence over those of its class and its module.
    for marker in reversed(list(request.node.iter_markers(MARKER))):
        options |= marker.kwargs
    resources = options.pop("simulate", None)
    port = options.pop("port", None) or request.config.getoption("pwtransfer_port") or request.config.getini("pwtransfer_port")
    if port:
        yield transfer.Manager(port, **options)
    elif resources is not None:
        with simulation.Device(resources) as device:
            yield transfer.Manager(device.port, **options)
    else:
        pytest.skip("no board: give --pwtransfer-port")
