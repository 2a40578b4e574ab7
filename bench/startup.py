"""Start-up: whole commands over an interpreter that does nothing."""

from __future__ import annotations

import statistics
import subprocess
import sys
from pathlib import Path

from cellkit.timing import WallTimer

ROUNDS = 15
HELP = ("--help",)
KINEMATIC_RUN = ("run", "pick_and_place", "--world", "kinematic")


def _seconds(command: list[str]) -> float:
    timer = WallTimer()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    return timer.seconds()


def measure(*arguments: str) -> tuple[float, float]:
    """Return the median seconds of the command and of ``python -c pass``, rounds interleaved, after a warm-up."""
    command = [str(Path(sys.executable).with_name("cellkit")), *arguments]
    nothing = [sys.executable, "-c", "pass"]
    _seconds(command), _seconds(nothing)
    rounds = [(_seconds(command), _seconds(nothing)) for _ in range(ROUNDS)]
    own, bare = (statistics.median(column) for column in zip(*rounds, strict=True))
    return own, bare


def rows() -> list[tuple[str, str, str, str]]:
    """Return rows of name, ratio, target and the times behind the ratio."""
    found = []
    for arguments, target in ((HELP, "≤ 12"), (KINEMATIC_RUN, "")):
        own, bare = measure(*arguments)
        detail = f"{own * 1000:.0f} ms ÷ {bare * 1000:.0f} ms"
        found.append((f"cellkit {' '.join(arguments)} ÷ python -c pass", f"{own / bare:.1f}", target, detail))
    return found
