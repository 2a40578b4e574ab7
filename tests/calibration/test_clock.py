"""A log whose clock cannot be trusted is refused, and the error says which rows are wrong."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from synthetic import goals, moves_log, write_rtde

from cellkit.calibration.clock import check_clock
from cellkit.calibration.open_log import open_log
from cellkit.errors import ConfigError
from cellkit.geometry import Array

FILE = Path("log.csv")
STEP = 0.008
EVEN = np.arange(500) * STEP


def changed(change: Callable[[Array], None]) -> Array:
    times = EVEN.copy()
    change(times)
    return times


def repeated(times: Array) -> None:
    times[100] = times[99]


def backward(times: Array) -> None:
    times[200:] -= 0.5


def jump(times: Array) -> None:
    times[300:] += 2.0


@pytest.mark.parametrize(
    ("times", "words"),
    [
        (changed(repeated), "the times repeat at row 102"),
        (changed(backward), "the times run backwards at row 202"),
        (changed(jump), "the times jump by up to 2.01 s at row 302"),
        (np.floor(EVEN), "the times repeat at rows 3, 4, 5, 6, 7 and "),
        (np.floor(EVEN / 0.005) * 0.005, "the times are cut to steps of 0.005 s; they are uneven at rows "),
    ],
)
def test_a_broken_clock_is_refused_with_its_rows(times: Array, words: str) -> None:
    with pytest.raises(ConfigError) as error:
        check_clock(times, 2, FILE)
    assert words in str(error.value)
    assert "`--period S`" in str(error.value)


@pytest.mark.parametrize(
    "times",
    [
        EVEN,
        EVEN + 1e-3 * np.random.default_rng(1).uniform(-1.0, 1.0, len(EVEN)),
        np.cumsum(np.where(np.arange(500) % 3 == 0, 0.012, 0.010)),  # the grid of 2 ms of a controller's own clock
        np.delete(EVEN, [50, 51, 120]),  # lost rows
        np.sort(np.append(EVEN, 0.5 * (EVEN[7] + EVEN[8]))),  # one more row between two others
    ],
)
def test_an_honest_clock_is_accepted(times: Array) -> None:
    check_clock(times, 1, FILE)


def test_a_period_replaces_the_times(tmp_path: Path) -> None:
    log = moves_log(goals(4))
    file = write_rtde(tmp_path / "log.csv", log, np.floor(log.times))
    with pytest.raises(ConfigError, match="the times repeat at rows 3, 4, 5, 6, 7"):
        open_log(file, 6)
    assert open_log(file, 6, period=STEP).step == pytest.approx(STEP)
