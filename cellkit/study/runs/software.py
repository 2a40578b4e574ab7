"""Which software makes a result: versions, and a hash of the source that a run depends on.

A changed code base never passes for the old one, not even where its version says so.
"""

from __future__ import annotations

import hashlib
import platform
from collections.abc import Iterator
from functools import cache
from importlib import metadata
from importlib.resources import files
from pathlib import Path

from pydantic import BaseModel, ConfigDict

from cellkit import __version__, registry

PACKAGES = ("numpy", "pybullet", "roboticstoolbox-python", "ruckig", "scipy")
"""Those whose version may change a figure of a run."""
ASIDE = ("blocking", "cli", "exercise", "opcua", "supervision", "testing")
"""Packages of cellkit that no run imports: the layers forbid it, and a test looks."""
OF_THE_STUDY = (
    "__init__.py",
    "concepts.py",
    "cycle/__init__.py",
    "cycle/activity.py",
    "energy/__init__.py",
    "energy/meter.py",
    "runs/__init__.py",
    "runs/inputs.py",
    "runs/job.py",
    "runs/software.py",
    "runs/task.py",
)
"""What of ``cellkit.study`` makes an observation; the rest reads it. A test looks at this, too."""


class Software(BaseModel):
    """``source`` is a SHA-256 over cellkit's simulation and every installed driver and world, as they lie here."""

    model_config = ConfigDict(frozen=True)

    cellkit: str
    source: str
    python: str
    machine: str
    packages: dict[str, str]


@cache
def software() -> Software:
    """That of this process, read once: what it has imported does not change any more."""
    return Software(
        cellkit=__version__,
        source=_digest(source_files()),
        python=platform.python_version(),
        machine=f"{platform.system()} {platform.machine()}",
        packages={name: found for name in PACKAGES if (found := _version(name)) is not None},
    )


def source_files() -> dict[str, Path]:
    """The files that ``Software.source`` is made of, by a name that is the same on every machine."""
    core = Path(str(files("cellkit")))
    found = dict(_below(core, "cellkit", (*ASIDE, "study")))
    found |= {f"cellkit/study/{name}": core / "study" / name for name in OF_THE_STUDY}
    for folder in registry.device_packages():
        found |= dict(_below(folder, folder.name))
    return found


def _below(path: Path, name: str, but: tuple[str, ...] = ()) -> Iterator[tuple[str, Path]]:
    """All files of a folder, but for what Python makes of them."""
    for one in path.iterdir():
        if one.is_dir() and one.name not in (*but, "__pycache__"):
            yield from _below(one, f"{name}/{one.name}")
        elif one.is_file() and one.suffix != ".pyc":
            yield f"{name}/{one.name}", one


def _digest(sources: dict[str, Path]) -> str:
    found = hashlib.sha256()
    for name, file in sorted(sources.items()):
        found.update(f"{name} {hashlib.sha256(file.read_bytes()).hexdigest()}\n".encode())
    return found.hexdigest()


def _version(package: str) -> str | None:
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return None
