"""Files that hold secrets."""

from __future__ import annotations

import os
from pathlib import Path


def write_private(file: Path, data: bytes) -> None:
    """Write a file that only its owner reads, from its first moment on."""
    half = file.with_name(f".{file.name}.{os.getpid()}.part")
    half.unlink(missing_ok=True)
    handle = os.open(half, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "wb") as stream:
        stream.write(data)
    half.replace(file)
