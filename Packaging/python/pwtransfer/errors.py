"""What can go wrong: a class for each exit code of the command."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

# The class of each exit code.
_classes: dict[int, type[Error]] = {}


class Error(Exception):
    """The command failed. What is raised is the class of its exit code.

    Arguments: the event ``result`` of the command, and the resource if the command had one.
    """

    exit_codes: ClassVar[tuple[int, ...]] = ()
    """Of this class."""

    def __init__(self, result: Mapping[str, Any], resource_id: int | str | None = None) -> None:
        super().__init__(result, resource_id)
        error: Mapping[str, Any] = result.get("error", {})
        self.result = result
        """The last line of ``--json``."""
        self.resource_id = resource_id
        """The resource that was not read or written, as it was given."""
        self.exit_code: int = result["exit_code"]
        """The exit code of the command."""
        self.verdict: str = result["verdict"]
        """What a script does next: "retry", a few times; "board", take the board out; "station", stop: every board would fail
        the same way."""
        self.code: str = error.get("code", "unknown")
        """A name to compare, finer than the exit code, such as "port_busy"."""
        self.device_status: str | None = error.get("status")
        """The pw_status with which the device refused or ended, such as "NOT_FOUND", if it sent one."""
        self.message: str = error.get("message", "")
        """What happened, in a sentence."""
        self.cause: str | None = error.get("cause")
        """Why it probably happened."""
        self.hint: str | None = error.get("hint")
        """What to try."""

    def __init_subclass__(cls) -> None:
        for code in cls.__dict__.get("exit_codes", ()):
            _classes[code] = cls

    @property
    def status(self) -> str:
        """The pw_status that the device sent, such as "NOT_FOUND"; if the device sent none, `code`."""
        return self.device_status or self.code

    def __str__(self) -> str:
        parts = [self.message]
        if self.cause:
            parts.append(f"cause: {self.cause}")
        if self.hint:
            parts.append(f"try: {self.hint}")
        return "; ".join(parts)


class UsageError(Error):
    """An argument or an option makes no sense, or the protocol or the port cannot do it."""

    exit_codes = (64,)


class VerificationFailed(Error):
    """What is on the device differs from what was written."""

    exit_codes = (65,)


class InputFailed(Error):
    """The data to write are missing, unreadable or empty, or changed while they were being sent."""

    exit_codes = (66,)


class NoDevice(Error):
    """There is no such device, or several match."""

    exit_codes = (69,)


class InternalError(Error):
    """A bug of pwtransfer, or something else ended it without a result."""

    exit_codes = (70,)


class OutputFailed(Error):
    """The output cannot be created or written, as on a full disk."""

    exit_codes = (73,)


class LinkBroke(Error):
    """The link broke: unplugged, or an I/O error."""

    exit_codes = (74,)


class Temporary(Error):
    """The port is busy, or the device restarted, is busy, or is silent: try again."""

    exit_codes = (75,)


class TimedOut(Temporary, TimeoutError):
    """The time was over that `timeout` gives."""


class DeviceRefused(Error):
    """The device refused, or broke the protocol; `device_status` is its status."""

    exit_codes = (76,)


class NoPermission(Error):
    """No permission to use the port."""

    exit_codes = (77,)


class ConfigurationError(Error):
    """A configuration file, a variable of the environment, or a limit of the system is wrong."""

    exit_codes = (78,)


class DeviceFailed(Error):
    """The device logged what `fail_on` names."""

    exit_codes = (79,)


class Interrupted(Error):
    """Somebody else stopped the command by SIGHUP, SIGINT or SIGTERM."""

    exit_codes = (129, 130, 143)


def error_of(result: Mapping[str, Any], resource_id: int | str | None = None) -> Error:
    """The error of a result that is no success."""
    return _classes.get(result["exit_code"], Error)(result, resource_id)
