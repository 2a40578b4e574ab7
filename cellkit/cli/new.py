"""The command ``cellkit new driver``: a driver package that passes the driver contract, to be changed step by step."""

from __future__ import annotations

import importlib.util
import keyword
import re
from pathlib import Path

from cellkit import registry
from cellkit.cli.output import out
from cellkit.cli.skeleton import skeletons, write_skeleton
from cellkit.errors import ConfigError

WHAT = "driver"
PORTS = {"arm": "30100", "jaws": "30200"}
_NAME = re.compile(r"[a-z][a-z0-9_]*")


def new_driver_command(name: str, kind: str, folder: Path | None) -> int:
    """Write a driver package into a new folder, and return the exit code."""
    check_name(name)
    if kind not in skeletons(WHAT):
        raise ConfigError(f"--kind {kind}: there is no skeleton for it; available: {', '.join(skeletons(WHAT))}")
    dashed = name.replace("_", "-")
    target = Path(f"cellkit-{dashed}") if folder is None else folder
    words = [word for word in name.split("_") if word]
    values = {
        "name": name,
        "Name": "".join(word.capitalize() for word in words),
        "dashed": dashed,
        "title": " ".join(word.capitalize() for word in words),
        "kind": kind,
        "port": PORTS[kind],
    }
    written = write_skeleton(WHAT, kind, target, values)
    console = out()
    console.print(f"{target}: {len(written)} files of a driver for {registry.kind(kind).title}s", soft_wrap=True)
    steps = f"pip install -e {target}, cellkit check-driver {name}, then {target / 'README.md'}"
    console.print(f"next: {steps}", soft_wrap=True)
    return 0


def check_name(name: str) -> None:
    """Raise ``ConfigError`` for a name that no driver can have, or that is taken."""
    if _NAME.fullmatch(name) is None or name.endswith("_") or "__" in name:
        raise ConfigError(
            f"a driver cannot be named {name!r}: use a lower-case letter, then lower-case letters, digits and "
            "single underscores"
        )
    if keyword.iskeyword(name) or keyword.issoftkeyword(name):
        raise ConfigError(f"a driver cannot be named {name!r}: it is a word of the Python language")
    if name in registry.driver_names():
        raise ConfigError(f"a driver named {name!r} is installed already; choose another name")
    if importlib.util.find_spec(f"cellkit_{name}") is not None:
        raise ConfigError(f"a package named 'cellkit_{name}' is installed already; choose another name")
