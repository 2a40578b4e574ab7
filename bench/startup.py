"""Start-up: ``cellkit --help`` over an interpreter that does nothing."""

from __future__ import annotations

import statistics
import subprocess
import sys
from pathlib import Path

from cellkit.timing import WallTimer

ROUNDS = 15


def _seconds(command: list[str]) -> float:
    timer = WallTimer()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    return timer.seconds()


def measure() -> tuple[float, float]:
    """Return the median seconds of both, rounds interleaved, after one warm-up of each."""
    helped = [str(Path(sys.executable).with_name("cellkit")), "--help"]
    nothing = [sys.executable, "-c", "pass"]
    _seconds(helped), _seconds(nothing)
    rounds = [(_seconds(helped), _seconds(nothing)) for _ in range(ROUNDS)]
    own, bare = (statistics.median(column) for column in zip(*rounds, strict=True))
    return own, bare
