"""What was reached so far: the best score of each shipped exercise, on this machine, for this user."""

from __future__ import annotations

import contextlib
import json
import os
from pathlib import Path

Best = dict[str, float]


def progress_file() -> Path:
    """Where it is kept: beside the gateway's folder."""
    return Path.home() / ".config" / "cellkit" / "exercises.json"


def best() -> Best:
    """Best score by exercise; empty where nothing is known."""
    try:
        kept = json.loads(progress_file().read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    if not isinstance(kept, dict):
        return {}
    return {str(name): float(score) for name, score in kept.items() if isinstance(score, int | float)}


def remember(exercise: str, score: float) -> None:
    """Keep a score if it is the best; a folder that cannot be written is no reason to complain."""
    known = best()
    if known.get(exercise, -1.0) >= score:
        return
    file = progress_file()
    half = file.with_name(f".{file.name}.{os.getpid()}.part")
    with contextlib.suppress(OSError):
        file.parent.mkdir(parents=True, exist_ok=True)
        half.write_text(json.dumps({**known, exercise: score}, indent=2, sort_keys=True) + "\n", encoding="utf-8")
        half.replace(file)
