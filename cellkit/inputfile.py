"""Reading of files that a user names: never a pipe that blocks, and no more bytes than a limit."""

from __future__ import annotations

import stat
from pathlib import Path
from typing import BinaryIO

from cellkit.errors import ConfigError

_INHERITED = ("/dev/stdin", "/dev/fd/", "/proc/self/fd/")
"""Names of streams that the caller of a command has opened, as the shell does for ``<(…)``: they may be pipes."""


def open_input(file: Path, expected: str = "a file") -> BinaryIO:
    """Open a file for reading. Raises ``ConfigError`` for a folder, a pipe, and a file that cannot be read.

    A named pipe without a writer would block for ever. A device such as ``/dev/zero`` has no end: read a bounded part.
    """
    try:
        mode = file.stat().st_mode
        if stat.S_ISDIR(mode):
            raise ConfigError(f"is a folder, expected {expected}", file=file)
        if (stat.S_ISFIFO(mode) or stat.S_ISSOCK(mode)) and not str(file).startswith(_INHERITED):
            raise ConfigError(f"is a pipe or socket, expected {expected}", file=file)
        return file.open("rb")
    except FileNotFoundError:
        raise ConfigError("no such file", file=file) from None
    except OSError as error:
        raise ConfigError(f"cannot be read: {error.strerror}", file=file) from None
    except ValueError as error:  # a file name with a null character in it
        raise ConfigError(f"cannot be read: {error}", file=repr(str(file))) from None


def read_input(file: Path, most: int, expected: str = "a file") -> bytes:
    """Return the content of a file. Raises ``ConfigError`` as ``open_input``, and for one of over ``most`` bytes."""
    try:
        with open_input(file, expected) as stream:
            data = stream.read(most + 1)
    except OSError as error:
        raise ConfigError(f"cannot be read: {error.strerror}", file=file) from None
    if len(data) > most:
        raise ConfigError(f"is larger than {most / 1_000_000:g} MB", file=file)
    return data


def read_text_input(file: Path, most: int, expected: str = "a file") -> str:
    """Return the UTF-8 text of a file. Raises ``ConfigError`` as ``read_input``, and for a file that is not UTF-8."""
    try:
        return read_input(file, most, expected).decode("utf-8")
    except UnicodeDecodeError as error:
        raise ConfigError(f"is not UTF-8 text (byte {error.start})", file=file) from None
