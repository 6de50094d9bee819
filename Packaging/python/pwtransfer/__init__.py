"""Reads and writes Pigweed pw_transfer resources of devices, by the command `pwtransfer` that comes with this package.

``pwtransfer.transfer`` has `Manager` and the errors, ``pwtransfer.simulation`` a simulated device, ``pwtransfer.labgrid``
a driver for labgrid, and ``pwtransfer.pytest_plugin`` the fixture and the marker for pytest.
"""

from importlib import metadata


def _version() -> str:
    try:
        return metadata.version("pwtransfer")
    except metadata.PackageNotFoundError:
        return "unknown (not installed)"


__version__ = _version()
