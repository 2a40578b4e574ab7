"""Skeletons of packages: template files in ``cellkit/cli/templates``, rendered into a new folder.

A template ends in ``.tmpl``. ``@word@`` in its text or path stands for a value; ``@name@`` and ``@Name@`` differ.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

from cellkit.errors import ConfigError

ENDING = ".tmpl"
COMMON = "common"
_TEMPLATES = Path(__file__).parent / "templates"
_WORD = re.compile(r"@([A-Za-z]+)@")


def skeletons(what: str) -> list[str]:
    """Return the names of the skeletons of ``what``; ``common`` holds the files that all of them share."""
    return sorted(folder.name for folder in (_TEMPLATES / what).iterdir() if folder.is_dir() and folder.name != COMMON)


def write_skeleton(what: str, name: str, target: Path, values: Mapping[str, str]) -> list[Path]:
    """Write the files of a skeleton into the new folder ``target`` and return their paths, relative to it.

    Raises ``ConfigError`` when ``target`` exists; then nothing is written.
    """
    files: dict[Path, str] = {}
    for root in (_TEMPLATES / what / COMMON, _TEMPLATES / what / name):
        for template in sorted(root.rglob(f"*{ENDING}")):
            path = render(str(template.relative_to(root)).removesuffix(ENDING), values)
            files[Path(path)] = render(template.read_text(encoding="utf-8"), values)
    try:
        target.mkdir(parents=True)
    except FileExistsError:
        raise ConfigError("exists already and is left as it is; choose another folder", file=target) from None
    for file, text in files.items():
        (target / file).parent.mkdir(parents=True, exist_ok=True)
        (target / file).write_text(text, encoding="utf-8")
    return sorted(files)


def render(text: str, values: Mapping[str, str]) -> str:
    """Return a text with every ``@word@`` replaced. Raises ``KeyError`` for a word without a value."""
    return _WORD.sub(lambda match: values[match.group(1)], text)
