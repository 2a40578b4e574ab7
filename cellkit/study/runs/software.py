"""The software behind a result: versions, and a hash of the source that a run depends on.

The hash shows a changed code base even if its version is the same.
"""

from __future__ import annotations

import hashlib
import platform
from collections.abc import Iterator
from functools import cache
from importlib import metadata
from importlib.resources import files
from pathlib import Path

from cellkit import __version__, registry
from cellkit.study.frozen_model import FrozenModel

PACKAGES = ("numpy", "pybullet", "roboticstoolbox-python", "ruckig", "scipy")
"""Packages whose version may change a figure of a run."""
NOT_IN_RUNS = ("blocking", "cli", "exercise", "opcua", "supervision", "testing")
"""Packages of cellkit that no run imports: the layers forbid it, and a test checks it."""
STUDY_FILES = (
    "__init__.py",
    "concepts.py",
    "cycle/__init__.py",
    "cycle/activity.py",
    "energy/__init__.py",
    "energy/meter.py",
    "frozen_model.py",
    "runs/__init__.py",
    "runs/inputs.py",
    "runs/job.py",
    "runs/software.py",
    "runs/task.py",
)
"""The files of ``cellkit.study`` that produce an observation; the others only read it. A test checks this list."""


class Software(FrozenModel):
    """The software. ``source`` is a SHA-256 over cellkit's simulation and every installed driver and world."""

    cellkit: str
    source: str
    python: str
    machine: str
    packages: dict[str, str]


@cache
def software() -> Software:
    """Return the software of this process, read once: imported modules do not change any more."""
    return Software(
        cellkit=__version__,
        source=_digest(source_files()),
        python=platform.python_version(),
        machine=f"{platform.system()} {platform.machine()}",
        packages={name: version for name in PACKAGES if (version := _version(name)) is not None},
    )


def source_files() -> dict[str, Path]:
    """Return the files behind ``Software.source``, by a name that is the same on every machine."""
    core = Path(str(files("cellkit")))
    sources = dict(_below(core, "cellkit", (*NOT_IN_RUNS, "study")))
    sources |= {f"cellkit/study/{name}": core / "study" / name for name in STUDY_FILES}
    for folder in registry.device_packages():
        sources |= dict(_below(folder, folder.name))
    return sources


def _below(folder: Path, name: str, excluded: tuple[str, ...] = ()) -> Iterator[tuple[str, Path]]:
    """Yield all files of a folder except compiled Python."""
    for path in folder.iterdir():
        if path.is_dir() and path.name not in (*excluded, "__pycache__"):
            yield from _below(path, f"{name}/{path.name}")
        elif path.is_file() and path.suffix != ".pyc":
            yield f"{name}/{path.name}", path


def _digest(sources: dict[str, Path]) -> str:
    digest = hashlib.sha256()
    for name, file in sorted(sources.items()):
        digest.update(f"{name} {hashlib.sha256(file.read_bytes()).hexdigest()}\n".encode())
    return digest.hexdigest()


def _version(package: str) -> str | None:
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return None
