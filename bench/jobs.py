"""Two processes of a physics matrix against one: wall time of the same runs, rounds interleaved.

Python keeps compiled modules, as those of an installed cellkit are: compiling them takes as long as a run.
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

from cellkit.timing import WallTimer

MATRIX = ("matrix", "pick_and_place", "--arms", "ur5e", "--seeds", "8")
"""Equal arms, so that both processes end at nearly the same time."""
ROUNDS = 5


def _seconds(jobs: int, compiled: str) -> float:
    command = [str(Path(sys.executable).with_name("cellkit")), *MATRIX, "--jobs", str(jobs)]
    environment = os.environ | {"PYTHONPYCACHEPREFIX": compiled}
    environment.pop("PYTHONDONTWRITEBYTECODE", None)
    timer = WallTimer()
    subprocess.run(command, check=True, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    return timer.seconds()


def rows() -> list[tuple[str, str, str, str]]:
    """Return a row of name, ratio, target and the times behind the ratio."""
    name, target = "two jobs ÷ one, physics matrix", "≥ 1.85"
    if (os.cpu_count() or 1) < 2:
        return [(name, "-", target, "not measured here: one processor")]
    with tempfile.TemporaryDirectory() as compiled:
        _seconds(2, compiled)
        rounds = [(_seconds(1, compiled), _seconds(2, compiled)) for _ in range(ROUNDS)]
    one, two = (statistics.median(column) for column in zip(*rounds, strict=True))
    ratio = statistics.median(first / second for first, second in rounds)
    return [(name, f"{ratio:.2f}", target, f"{one:.1f} s ÷ {two:.1f} s of wall time; {MATRIX[-1]} runs")]
