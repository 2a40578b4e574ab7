"""The check of a user's meshes before PyBullet reads them in this process."""

from __future__ import annotations

import hashlib
import signal
import subprocess
import sys
from functools import lru_cache
from pathlib import Path

from defusedxml.ElementTree import fromstring

from cellkit.errors import ConfigError
from cellkit.inputfile import read_input

MAX_BYTES = 50_000_000
_WALL_SECONDS = 120


def check_meshes(urdf: str) -> None:
    """Check every mesh that a URDF names. Raises ``ConfigError``."""
    if "<mesh" in urdf:
        for name in dict.fromkeys(mesh.get("filename", "") for mesh in fromstring(urdf).iter("mesh")):
            check_mesh(Path(name))


def check_mesh(file: Path) -> None:
    """Raise ``ConfigError`` for a mesh that PyBullet cannot load; a mesh that was checked before is not read again."""
    content = hashlib.sha256(read_input(file, MAX_BYTES, "a mesh")).hexdigest()
    verdict = _verdict(file, content)
    if verdict is not None:
        line, _, reason = verdict.partition(":")
        raise ConfigError(f"the mesh {reason}", file=file, line=int(line) or None)


@lru_cache(maxsize=256)
def _verdict(file: Path, _content: str) -> str | None:
    """Return the line and the reason why the mesh is bad; None: it is good."""
    command = [sys.executable, "-P", "-m", "cellkit_sim.mesh_reader", str(file)]
    try:
        done = subprocess.run(  # noqa: S603 - this interpreter, and a file name without a shell
            command, capture_output=True, check=False, timeout=_WALL_SECONDS, stdin=subprocess.DEVNULL
        )
    except subprocess.TimeoutExpired:
        return f"0:was not read within {_WALL_SECONDS} s"
    if done.returncode < 0:
        return f"0:cannot be read: PyBullet ended with {signal.Signals(-done.returncode).name}"
    if done.returncode > 0:
        return f"0:cannot be read: its reader ended with exit code {done.returncode}"
    last = done.stdout.decode("utf-8", "replace").removesuffix("\n").rpartition("\n")[2]
    return last or None
