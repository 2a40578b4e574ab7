"""Opening of a log: its form is recognised or named, its clock is checked."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from cellkit.calibration.clock import check_clock
from cellkit.calibration.log import LEAST_ROWS, Log
from cellkit.calibration.presets.columns import read_columns
from cellkit.calibration.presets.egm import EGM
from cellkit.calibration.presets.libfranka import LIBFRANKA
from cellkit.calibration.presets.preset import HEAD_BYTES, Candidate, Preset
from cellkit.calibration.presets.recorded import RECORDED
from cellkit.calibration.presets.rtde import RTDE
from cellkit.calibration.presets.ur_variables import UR_VARIABLES
from cellkit.errors import ConfigError
from cellkit.inputfile import open_input
from cellkit.yamlfile import near_names

PRESETS: tuple[Preset, ...] = (RECORDED, UR_VARIABLES, LIBFRANKA, RTDE, EGM)
"""All forms, in the order in which a file is compared with them."""
FULL_TURN_COUNT = 100.0
"""An angle of more turns than this (rad) shows a wrong unit."""


def open_log(
    file: Path, dof: int, preset: str | None = None, columns: Path | None = None, period: float | None = None
) -> Log:
    """Read the log of an arm with ``dof`` joints; ``period`` (s) replaces its times.

    Raises ``ConfigError`` for a file of no known form, wrong content, or a clock that cannot be trusted.
    """
    if columns is not None and preset is not None:
        raise ConfigError("give a preset or a file of columns, not both")
    log = _read(file, dof, preset) if columns is None else read_columns(file, columns, dof)
    if len(log.times) < LEAST_ROWS:
        raise ConfigError(f"holds {len(log.times)} rows, which is too few to hold a motion", file=file)
    if log.dof != dof:
        raise ConfigError(f"holds {log.dof} joints, the arm has {dof}", file=file)
    if period is not None:
        log = log.spaced(period)
    check_clock(log.times, log.first_row, file)
    far = np.abs(log.position) > FULL_TURN_COUNT
    if far.any():
        row, joint = (int(number) for number in np.argwhere(far)[0])
        raise ConfigError(
            f"joint {joint + 1} is at {log.position[row, joint]:g} rad; are the angles in degrees, or the motors'?",
            file=file,
            line=row + log.first_row,
        )
    return log


def _read(file: Path, dof: int, preset: str | None) -> Log:
    with open_input(file, "a log of an arm") as stream:
        candidate = Candidate(file, stream.read(HEAD_BYTES))
    names = {entry.name: entry for entry in PRESETS}
    if preset is not None:
        if preset not in names:
            raise ConfigError(f"unknown preset {preset!r}; {near_names(preset, names)}")
        return names[preset].read(candidate, dof)
    for entry in PRESETS:
        if entry.fits(candidate):
            return entry.read(candidate, dof)
    raise ConfigError(
        f"is a log of no known form ({', '.join(names)}); describe its columns in a file and say `--columns FILE`",
        file=file,
    )
