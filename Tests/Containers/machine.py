"""A machine with boards. Its `/dev` and `/sys` are folders that a container can be given."""

import os
import pathlib

# libudev looks into these folders, which have links to the folders below.
BUS, TTYS = "bus/usb", "class/tty"
CONTROLLER = "devices/pci0000:00/0000:00:14.0"


class Machine:
    """Plugged-in boards have a folder in `sys`. Boards whose node is handed in are in `dev`, too."""

    def __init__(self, folder: pathlib.Path) -> None:
        self.dev, self.sys = folder / "dev", folder / "sys"
        self.dev.mkdir()
        for name in (f"{BUS}/drivers/cdc_acm", TTYS, "bus/pci"):
            (self.sys / name).mkdir(parents=True)
        hub = self.sys / CONTROLLER / "usb1"
        self._device(self.sys / CONTROLLER, "bus/pci", "")
        self._device(hub, BUS, "DEVTYPE=usb_device")
        self.hub = hub

    def _device(self, folder: pathlib.Path, subsystem: str, uevent: str, **attributes: str) -> None:
        folder.mkdir(parents=True)
        self._link(folder / "subsystem", self.sys / subsystem)
        for name, value in attributes.items():
            (folder / name).write_text(f"{value}\n")
        (folder / "uevent").write_text(f"{uevent}\n")

    @staticmethod
    def _link(path: pathlib.Path, target: pathlib.Path) -> None:
        path.symlink_to(os.path.relpath(target, path.parent))

    def plug(self, number: int, serial: str) -> None:
        """Plugs in a board with one CDC-ACM port. The folder of the port comes last, when everything else is there."""
        device = self.hub / f"1-{number + 1}"
        interface = device / f"{device.name}:1.0"
        port = interface / "tty" / f"ttyACM{number}"
        self._device(
            device, BUS, "DEVTYPE=usb_device", idVendor="2e8a", idProduct="000a", manufacturer="Raspberry Pi", product="Pico",
            serial=serial)  # fmt: skip
        self._device(interface, BUS, "DEVTYPE=usb_interface\nDRIVER=cdc_acm", bInterfaceNumber="00")
        self._link(interface / "driver", self.sys / BUS / "drivers/cdc_acm")
        self._device(port, TTYS, f"MAJOR=166\nMINOR={number}\nDEVNAME=ttyACM{number}", dev=f"166:{number}")
        self._link(self.sys / TTYS / port.name, port)

    def hand_in(self, number: int, terminal: pathlib.Path | str, name: str | None = None) -> None:
        """Puts a pseudo-terminal of the host in the place of the node."""
        (self.dev / (name or f"ttyACM{number}")).symlink_to(terminal)

    def make_node(self, name: str, major: int, minor: int) -> None:
        """Makes a real node without a device behind it, which only root may do."""
        os.mknod(self.dev / name, 0o660 | 0o020000, os.makedev(major, minor))

    def link(self, folder: str, name: str, node: str) -> None:
        """Makes a link such as by-id, as udev does."""
        path = self.dev / "serial" / folder
        path.mkdir(parents=True, exist_ok=True)
        (path / name).symlink_to(f"../../{node}")
