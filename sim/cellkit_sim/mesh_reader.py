"""The child process that reads meshes as PyBullet will, since a malformed mesh ends PyBullet's own process.

It prints ``NUMBER:LINE:REASON`` as it begins each file, with an empty REASON, and once more for the first bad one, the
last that it reads. NUMBER counts the files from 0; LINE is 0 where none is known.
"""

from __future__ import annotations

import math
import re
import resource
import sys
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from xml.etree.ElementTree import ParseError
from xml.sax.saxutils import quoteattr

import numpy as np
from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import fromstring

from cellkit_sim.bullet import Client, quiet

MAX_SECONDS, MAX_MEMORY = 20, 2 << 30
FARTHEST = 1e5
"""Largest coordinate before scaling: many meshes are in mm."""
_KINDS = (".dae", ".obj", ".stl")


class BadMesh(Exception):
    """A mesh that must not be loaded."""

    def __init__(self, reason: str, line: int = 0) -> None:
        super().__init__(reason)
        self.line = line


def main(files: Sequence[str]) -> None:
    """Read meshes until one is bad, and print the error."""
    seconds = MAX_SECONDS * len(files)
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds))
    resource.setrlimit(resource.RLIMIT_AS, (MAX_MEMORY, MAX_MEMORY))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    for number, file in enumerate(files):
        _say(f"{number}:0:")
        try:
            _check_text(Path(file))
            _load(Path(file))
        except BadMesh as error:
            _say(f"{number}:{error.line}:{error}")
            return
        except (OSError, MemoryError, RecursionError) as error:
            _say(f"{number}:0:{type(error).__name__}")
            return


def _say(line: str) -> None:
    sys.stdout.write(f"\n{line}\n")
    sys.stdout.flush()


def _check_text(file: Path) -> None:
    kind = file.suffix.lower()
    if kind not in _KINDS:
        raise BadMesh(f"is a {kind or 'file without ending'}, expected {', '.join(_KINDS)}")
    data = file.read_bytes()
    if kind == ".obj":
        _check_obj(data.decode("utf-8", "replace"))
    elif kind == ".dae":
        _check_dae(data)
    else:
        _check_stl(data)


def _check_obj(text: str) -> None:
    vertices = 0
    for number, line in enumerate(text.splitlines(), 1):
        word, *rest = line.split() or [""]
        if word == "v":
            _numbers(rest[:3], 3, number)
            vertices += 1
        elif word == "f":
            for corner in rest:
                index = corner.partition("/")[0]
                if not re.fullmatch(r"-?[0-9]{1,9}", index) or not 0 < abs(int(index)) <= vertices:
                    raise BadMesh(f"a face names the vertex {index[:20]!r}, the file has {vertices} so far", number)
    if not vertices:
        raise BadMesh("has no vertex")


def _check_dae(data: bytes) -> None:
    try:
        root = fromstring(data)
    except ParseError as error:
        raise BadMesh(f"is not valid XML: {error}", error.position[0]) from None
    except DefusedXmlException:
        raise BadMesh("declares entities of its own, which are not read") from None
    arrays = root.findall(".//{*}mesh/{*}source/{*}float_array")
    if not arrays:
        raise BadMesh("has no mesh with coordinates")
    for array in arrays:
        words = (array.text or "").split()
        _numbers(words, len(words), 0)


def _check_stl(data: bytes) -> None:
    if len(data) < 84:
        raise BadMesh("is too short for an STL file")
    triangles = int.from_bytes(data[80:84], "little")
    if len(data) == 84 + 50 * triangles:
        rows = np.frombuffer(data[84:], dtype=np.uint8).reshape(triangles, 50)[:, 12:48]
        corners = np.ascontiguousarray(rows).view("<f4")
        if not np.isfinite(corners).all() or (np.abs(corners) > FARTHEST).any():
            raise BadMesh(f"has a coordinate that is not a number within {FARTHEST:g}")
    else:
        raise BadMesh(f"is no binary STL file, which PyBullet needs: {len(data)} bytes are not {triangles} triangles")


def _numbers(words: list[str], count: int, line: int) -> None:
    try:
        values = [float(word) for word in words]
    except ValueError:
        values = []
    if len(values) != count or not all(math.isfinite(value) and abs(value) <= FARTHEST for value in values):
        raise BadMesh(f"expected {count} numbers within {FARTHEST:g}, got {' '.join(words)[:60]!r}", line)


def _load(file: Path) -> None:
    """Load the mesh as the description of a robot does: as a shape to collide with, and as one to draw."""
    shape = f"<geometry><mesh filename={quoteattr(str(file))}/></geometry>"
    text = f'<robot name="r"><link name="l"><visual>{shape}</visual><collision>{shape}</collision></link></robot>'
    client = Client()
    with TemporaryDirectory(prefix="cellkit-") as folder:
        urdf = Path(folder) / "mesh.urdf"
        urdf.write_text(text, encoding="utf-8")
        try:
            with quiet():
                client.p.loadURDF(str(urdf), useFixedBase=True, physicsClientId=client.id)
        except client.p.error as error:
            raise BadMesh(f"cannot be loaded: {error}") from None


if __name__ == "__main__":
    main(sys.argv[1:])
