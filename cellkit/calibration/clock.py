"""The clock of a log: every motion figure is a difference of times, so a log whose times are wrong is refused."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from cellkit.errors import ConfigError
from cellkit.geometry import Array

Bools = NDArray[np.bool_]

JUMP = 10.0
"""A step of more than this many usual steps is a jump of the clock, or lost rows."""
COARSE = 0.4
"""Times on a grid of more than this share of the usual step are cut or rounded."""
LISTED = 5
"""Number of rows that an error lists."""

LOST = 0.05
"""Steps of a whole number of usual steps are lost rows up to this share, and a coarse clock above it."""


def check_clock(times: Array, first_row: int, file: Path) -> None:
    """Raise ``ConfigError`` for times (m,) in s that repeat, run backwards, jump, or are cut to a coarse grid.

    ``first_row`` is the file's row of the first time; the error lists rows as the file numbers them.
    """
    steps = np.diff(times)
    usual = float(np.median(steps))
    for bad, what in ((steps < 0.0, "run backwards"), (steps == 0.0, "repeat")):
        if bad.any():
            raise _refused(f"the times {what} at {_rows(bad, first_row)}", steps, file)
    if (steps > JUMP * usual).any():
        longest = float(steps.max())
        text = f"the times jump by up to {longest:.3g} s at {_rows(steps > JUMP * usual, first_row)}"
        raise ConfigError(
            f"{text}, where rows are usually {usual:.3g} s apart; cut the log there into two files, or say "
            f"`--period S` if the rows are evenly spaced",
            file=file,
        )
    grid = _grid(steps)
    uneven = np.abs(steps - usual) > 0.5 * grid
    if grid > COARSE * usual and uneven.mean() > LOST:
        raise _refused(
            f"the times are cut to steps of {grid:.3g} s; they are uneven at {_rows(uneven, first_row)}", steps, file
        )


def _refused(text: str, steps: Array, file: Path) -> ConfigError:
    mean = float(steps.sum()) / len(steps)
    return ConfigError(
        f"{text}; log the controller's own time, or say `--period S` if the rows are evenly spaced "
        f"(over the whole log they are {mean:.4g} s apart)",
        file=file,
    )


def _grid(steps: Array) -> float:
    """Return the grid that all steps are multiples of, in s; 0 where they have none.

    A clock without a grid has steps of any size; one with a grid has few different ones, with gaps between them.
    """
    sizes = np.unique(np.round(steps, 6))
    if len(sizes) < 2 or len(sizes) > 50:
        return 0.0
    grid = float(np.diff(np.concatenate([[0.0], sizes])).min())
    shares = sizes / grid
    return grid if bool(np.all(np.abs(shares - np.round(shares)) < 0.05)) else 0.0


def _rows(bad: Bools, first_row: int) -> str:
    """Return the rows after the bad steps (m - 1,) in words."""
    rows = np.flatnonzero(bad) + first_row + 1
    listed = ", ".join(str(row) for row in rows[:LISTED])
    more = f" and {len(rows) - LISTED} more" if len(rows) > LISTED else ""
    return f"{'row' if len(rows) == 1 else 'rows'} {listed}{more}"
