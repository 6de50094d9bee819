"""What the command tells, as records."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

Record = TypeVar("Record", bound="DataclassInstance")


def pick(kind: type[Record], event: Mapping[str, Any]) -> Record:
    """The record of an event; later versions of the program may tell more than it has."""
    names = {field.name for field in dataclasses.fields(kind)}
    return kind(**{name: value for name, value in event.items() if name in names})


@dataclasses.dataclass(frozen=True)
class ProgressStats:
    """How far a transfer is, about twice a second, and at its end."""

    phase: str
    """"waiting": the device has not answered. "busy": it refused so far, since it is busy with other transfers.
    "preparing": it took the transfer on, but data do not move yet. "moving": they do. "finishing": all data of a write
    were sent. "done"."""
    bytes: int
    """Bytes that the device has confirmed, or in a read that were stored here."""
    total: int | None = None
    """All bytes of the transfer, if known."""
    rate: float | None = None
    """Bytes a second over the last seconds."""
    seconds_left: float | None = None
    """An estimate."""
    link_errors: int = 0
    """Losses noticed since data began to move."""

    @property
    def bytes_confirmed_received(self) -> int:
        """The same as `bytes`, by Pigweed's name."""
        return self.bytes

    @property
    def total_size_bytes(self) -> int | None:
        """The same as `total`, by Pigweed's name."""
        return self.total

    def percent_received(self) -> float:
        """Not a number if the total is unknown."""
        return self.bytes / self.total * 100 if self.total else math.nan


@dataclasses.dataclass(frozen=True)
class Result:
    """The end of a transfer that went well."""

    bytes: int
    """Bytes moved, confirmed by the device or stored here."""
    seconds: float
    """The time of the transfer, or of all that was done with the device if there was none."""
    verified: str | None = None
    """By what the data on the device were shown to be the same; None if nothing showed that."""
    skipped: bool = False
    """Nothing was written, since the device has the data already (`if_changed`)."""
    transfer: Mapping[str, Any] | None = None
    """Rate, retransmissions and so on, as `transfer` in events.schema.json says."""


@dataclasses.dataclass(frozen=True)
class DeviceFile:
    """A file that a device lists; what the device does not tell is None."""

    path: str
    id: int | None = None
    size: int | None = None
    readable: bool | None = None
    writable: bool | None = None


@dataclasses.dataclass(frozen=True)
class ResourceStatus:
    """What a device tells of a resource; its firmware decides what the figures mean."""

    resource: int
    readable_offset: int
    writeable_offset: int
    read_checksum: str | None = None
    write_checksum: str | None = None


@dataclasses.dataclass(frozen=True)
class Port:
    """A serial port."""

    node: str
    selector: str
    """What to give to `Manager` to mean this port wherever its node is."""
    usb: bool
    by_id: str | None = None
    by_path: str | None = None
    id_path: str | None = None
    vendor_id: str | None = None
    product_id: str | None = None
    vendor: str | None = None
    product: str | None = None
    serial_number: str | None = None
    interface: int | None = None
    interface_name: str | None = None
    driver: str | None = None
    age_seconds: float | None = None
