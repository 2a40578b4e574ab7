"""The files for a student: the text, a program to begin with, and the cell to try it in."""

from __future__ import annotations

import re
from pathlib import Path

from cellkit.errors import ConfigError
from cellkit.exercise.config import Exercise


def hand_out(exercise: Exercise, folder: Path) -> list[Path]:
    """Copy all files into a new or existing folder; no file is overwritten. Raises ``ConfigError``."""
    files = _files(exercise)
    for name in files:
        if (folder / name).exists():
            raise ConfigError("exists already and is not overwritten; name another folder", file=folder / name)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name, data in files.items():
            with (folder / name).open("xb") as out:
                out.write(data)
    except OSError as error:
        raise ConfigError(f"cannot be written: {error.strerror}", file=folder) from None
    return [folder / name for name in files]


def _files(exercise: Exercise) -> dict[str, bytes]:
    """Return names and contents. The scenario names the starter as its program, so it can be run as it is."""
    scenario = exercise.scenario()
    text = scenario.document.file.read_text(encoding="utf-8")
    text = re.sub(r"^program:.*$", f"program: {exercise.starter.name}", text, flags=re.MULTILINE)
    copied = [exercise.text, exercise.starter, scenario.cell_file, *exercise.extra]
    return {"scenario.yaml": text.encode()} | {path.name: path.read_bytes() for path in copied}
