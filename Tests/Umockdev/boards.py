"""USB serial ports for mocked machines, in udev's form of description."""

import os

import mock_board

HUB = "/devices/pci0000:00/0000:00:14.0/usb1"


class Board(mock_board.MockBoard):
    """A USB device with one CDC-ACM port, at a place of the hub."""

    def __init__(self, testbed, name, place, vendor, product, title, serial=None):
        super().__init__(testbed, name)
        self.testbed = testbed
        device, interface = f"{HUB}/1-{place}", f"{HUB}/1-{place}/1-{place}:1.0"
        id_path = f"pci-0000:00:14.0-usb-0:{place}:1.0"
        links = [f"/dev/serial/by-path/{id_path}"]
        if serial:
            links.append(f"/dev/serial/by-id/usb-{title}_{serial}-if00")
        self.paths = [device, interface, f"{interface}/tty/{name}"]
        blocks = [
            [
                "E: DEVTYPE=usb_device", "E: DRIVER=usb", "E: SUBSYSTEM=usb", f"A: idVendor={vendor}\\n",
                f"A: idProduct={product}\\n", f"A: product={title}\\n",
            ],
            ["E: DEVTYPE=usb_interface", "E: DRIVER=cdc_acm", "E: SUBSYSTEM=usb", "A: bInterfaceNumber=00\\n",
             "L: driver=../../../../../../bus/usb/drivers/cdc_acm"],
            [f"E: DEVNAME=/dev/{name}", f"E: DEVLINKS={' '.join(links)}", "E: MAJOR=166", f"E: MINOR={place}",
             "E: SUBSYSTEM=tty", "E: ID_BUS=usb", f"E: ID_PATH={id_path}", f"A: dev=166:{place}\\n"],
        ]
        if serial:
            blocks[0].append(f"A: serial={serial}\\n")
        self.blocks = ["\n".join([f"P: {path}"] + block) + "\n" for path, block in zip(self.paths, blocks)]

    def plug(self):
        """Adds the node first, since it exists when udev announces it, and the parents before the port."""
        super().plug()
        for block in self.blocks:
            self.testbed.add_from_string(block)

    def unplug(self):
        super().unplug()
        for path in reversed(self.paths):
            self.testbed.uevent(f"/sys{path}", "remove")
            self.testbed.remove_device(f"/sys{path}")


def add_hub(testbed):
    testbed.add_from_string(f"P: {HUB}\nE: DEVTYPE=usb_device\nE: DRIVER=usb\nE: SUBSYSTEM=usb\n")
    os.makedirs(os.path.join(testbed.get_root_dir(), "dev"), exist_ok=True)
