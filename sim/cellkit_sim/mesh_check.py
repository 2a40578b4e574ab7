"""The check of a user's meshes before PyBullet reads them in this process."""

from __future__ import annotations

import hashlib
import re
import signal
import subprocess
import sys
from collections.abc import Iterable
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

from defusedxml.ElementTree import fromstring

from cellkit.errors import ConfigError
from cellkit.inputfile import read_input

MAX_BYTES = 50_000_000
_WALL_SECONDS = 120


def check_meshes(urdf: str) -> None:
    """Check every mesh that a URDF names. Raises ``ConfigError``."""
    if "<mesh" in urdf:
        check_files([Path(mesh.get("filename", "")) for mesh in fromstring(urdf).iter("mesh")])


def check_files(files: Iterable[Path]) -> None:
    """Raise ``ConfigError`` for a mesh that PyBullet cannot load. The same meshes are checked once."""
    contents = [
        (file, hashlib.sha256(read_input(file, MAX_BYTES, "a mesh")).hexdigest()) for file in sorted(set(files))
    ]
    bad = _first_bad(tuple(contents)) if contents else None
    if bad is not None:
        raise ConfigError(f"the mesh {bad.reason}", file=bad.file, line=bad.line or None)


class _Bad(NamedTuple):
    file: Path
    line: int
    reason: str


@lru_cache(maxsize=64)
def _first_bad(contents: tuple[tuple[Path, str], ...]) -> _Bad | None:
    """Return the first bad mesh of files with their hashes; one process reads them all, since it starts slowly."""
    files = [file for file, _ in contents]
    command = [sys.executable, "-P", "-m", "cellkit_sim.mesh_reader", *map(str, files)]
    try:
        done = subprocess.run(  # noqa: S603 - this interpreter, and file names without a shell
            command, capture_output=True, check=False, timeout=_WALL_SECONDS, stdin=subprocess.DEVNULL
        )
        output, code = done.stdout, done.returncode
    except subprocess.TimeoutExpired as late:
        output, code = late.stdout or b"", None
    said = re.findall(r"^(\d+):(\d+):(.*)$", output.decode("utf-8", "replace"), re.MULTILINE)
    number, line, reason = said[-1] if said else ("0", "0", "")
    if code is None:
        reason = f"was not read within {_WALL_SECONDS} s"
    elif code < 0:
        reason = f"cannot be read: PyBullet ended with {signal.Signals(-code).name}"
    elif code > 0:
        reason = f"cannot be read: its reader ended with exit code {code}"
    return _Bad(files[int(number)], int(line), reason) if reason else None
