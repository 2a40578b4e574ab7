"""The writing of files that hold secrets."""

from __future__ import annotations

import os
from pathlib import Path


def write_private(file: Path, data: bytes) -> None:
    """Write a file that only its owner can read, from its creation on."""
    partial = file.with_name(f".{file.name}.{os.getpid()}.part")
    partial.unlink(missing_ok=True)
    handle = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "wb") as stream:
        stream.write(data)
    partial.replace(file)


def open_private(file: Path, flags: int) -> int:
    """Open a file that only its owner can read, and create it if it does not exist; return its handle.

    Raises ``OSError``, also for a symbolic link.
    """
    return os.open(file, flags | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
