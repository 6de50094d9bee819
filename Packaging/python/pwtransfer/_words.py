"""The words of a command line."""

from __future__ import annotations

import os
from collections.abc import Sequence
from datetime import timedelta
from typing import cast

from pwtransfer._options import Path


def option_words(option: str, value: object) -> list[str]:
    """The words on the command line for the value of a keyword."""
    if value is None or value is False:
        return []
    if value is True:
        return [option]
    if option == "--verbose":
        return [option] * int(cast("int", value))
    if isinstance(value, str | os.PathLike):
        return [f"{option}={os.fspath(value)}"]
    if isinstance(value, timedelta):
        return [f"{option}={value.total_seconds():.9f}"]
    if isinstance(value, float):
        return [f"{option}={value:.9f}"]
    if isinstance(value, Sequence):
        return [word for element in value for word in option_words(option, element)]
    return [f"{option}={value}"]


def file_word(path: Path) -> str:
    """A path that is no word for standard input or output."""
    text = os.fspath(path)
    return "./-" if text == "-" else text
