"""The progress: the best score of each shipped exercise, on this machine, for this user."""

from __future__ import annotations

import contextlib
import json
import os
from pathlib import Path

Best = dict[str, float]


def progress_file() -> Path:
    """Return the file of the scores, beside the gateway's folder."""
    return Path.home() / ".config" / "cellkit" / "exercises.json"


def best() -> Best:
    """Return the best score by exercise; empty if none is stored."""
    try:
        stored = json.loads(progress_file().read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    if not isinstance(stored, dict):
        return {}
    return {str(name): float(score) for name, score in stored.items() if isinstance(score, int | float)}


def remember(exercise: str, score: float) -> None:
    """Store a score if it is the best; a folder that cannot be written is ignored."""
    known = best()
    if known.get(exercise, -1.0) >= score:
        return
    file = progress_file()
    partial = file.with_name(f".{file.name}.{os.getpid()}.part")
    with contextlib.suppress(OSError):
        file.parent.mkdir(parents=True, exist_ok=True)
        partial.write_text(json.dumps({**known, exercise: score}, indent=2, sort_keys=True) + "\n", encoding="utf-8")
        partial.replace(file)
