"""A driver for labgrid, which reads and writes the resources of a device on a `SerialPort` or a `NetworkSerialPort`.

An environment imports it, and gives it to a target beside its port:

    targets:
      main:
        resources:
          NetworkSerialPort: {host: exporter, port: 4001, speed: 115200, protocol: rfc2217}
        drivers:
          PigweedTransferDriver: {}
    imports:
      - pwtransfer.labgrid
"""

from __future__ import annotations

from typing import Any, Unpack

import attr
from labgrid.driver import Driver
from labgrid.factory import target_factory
from labgrid.protocol import BootstrapProtocol
from labgrid.resource import SerialPort
from labgrid.step import step
from labgrid.util.proxy import proxymanager

from pwtransfer.transfer import Manager, Path, ReadOptions, Resource, Result, WriteOptions

SCHEMES = {"raw": "tcp:", "rfc2217": "rfc2217://"}


@target_factory.reg_driver
@attr.s(eq=False)
class PigweedTransferDriver(Driver, BootstrapProtocol):
    """Moves data to and from firmware with `pw_transfer`.

    Args:
        options (dict): options of `pwtransfer.transfer.Manager`, such as channel: 2; the rate is the speed of the port
        image (str): the key of an image in the environment, which `load` writes without a file name
        resource (int or str): the resource that `load` writes

    While it is active, no other driver may have the port: a console is deactivated before.
    """

    bindings = {"port": {"SerialPort", "NetworkSerialPort"}}

    options: dict[str, Any] = attr.ib(factory=dict, validator=attr.validators.instance_of(dict))
    image: str | None = attr.ib(default=None, validator=attr.validators.optional(attr.validators.instance_of(str)))
    resource: Resource | None = attr.ib(default=None, validator=attr.validators.optional(attr.validators.instance_of((int, str))))

    def on_activate(self) -> None:
        """Makes the manager; the port is opened by each call only."""
        options = {"baud": self.port.speed, **self.options}
        self._manager = Manager(self._port_name(), **options)

    def _port_name(self) -> str:
        if isinstance(self.port, SerialPort):
            return str(self.port.port)
        if self.port.protocol not in SCHEMES:
            raise ValueError(f"the protocol of {self.port} is none of {', '.join(SCHEMES)}: {self.port.protocol}")
        host, port = proxymanager.get_host_and_port(self.port)
        return f"{SCHEMES[self.port.protocol]}[{host}]:{port}" if ":" in host else f"{SCHEMES[self.port.protocol]}{host}:{port}"

    @Driver.check_active
    @step(args=["resource"])
    def read(self, resource: Resource, **options: Unpack[ReadOptions]) -> bytes:
        """Reads a resource, and returns its data."""
        return self._manager.read(resource, **options)

    @Driver.check_active
    @step(args=["resource", "filename"])
    def read_file(self, resource: Resource, filename: Path, **options: Unpack[ReadOptions]) -> Result:
        """Reads a resource into a file."""
        return self._manager.read_file(resource, filename, **options)

    @Driver.check_active
    @step(args=["resource"])
    def write(self, resource: Resource, data: bytes, **options: Unpack[WriteOptions]) -> Result:
        """Writes data to a resource."""
        return self._manager.write(resource, data, **options)

    @Driver.check_active
    @step(args=["resource", "filename"])
    def write_file(self, resource: Resource, filename: Path, **options: Unpack[WriteOptions]) -> Result:
        """Writes a file to a resource."""
        return self._manager.write_file(resource, filename, **options)

    @Driver.check_active
    @step(args=["filename"])
    def load(self, filename: Path | None = None) -> None:
        """Writes a file, or else the image, to the resource of this driver; what strategies call to bootstrap a target."""
        if self.resource is None:
            raise ValueError("the driver has no resource to load to")
        if filename is None and self.image is not None:
            filename = self.target.env.config.get_image_path(self.image)
        if filename is None:
            raise ValueError("there is neither a file nor an image to load")
        self._manager.write_file(self.resource, filename)
