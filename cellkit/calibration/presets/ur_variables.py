"""Logs of a UR arm with one file a variable: every row holds a time in s and the values of six joints.

The files are NAME.q_actual.csv, NAME.qd_target.csv and so on; any of them names the log.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np

from cellkit.calibration.log import Log
from cellkit.calibration.presets.file_set import digest, read_set, stem_of
from cellkit.calibration.presets.preset import Candidate, Preset
from cellkit.errors import ConfigError

_ENDINGS = tuple(f".{name}.csv" for name in ("q_actual", "qd_actual", "q_target", "qd_target", "i_actual"))
_OTHERS = tuple(f".{name}.csv" for name in ("qdd_target", "i_target", "m_target"))
"""Files of the same log that hold nothing for a calibration; they may name the log."""
_NEEDED = (".q_actual.csv",)


def _fits(candidate: Candidate) -> bool:
    return _stem(candidate.file) is not None


def _stem(file: Path) -> str | None:
    return stem_of(file, (*_ENDINGS, *_OTHERS))


def _read(candidate: Candidate, dof: int) -> Log:
    stem = _stem(candidate.file) or ""
    tables = read_set(candidate.file, stem, _ENDINGS, _NEEDED)
    for table in tables.values():
        if table.width != dof + 1:
            raise ConfigError(f"has {table.width} columns, expected a time and {dof} joints", file=table.file)
    columns = {ending: table.columns(range(table.width)) for ending, table in tables.items()}
    rows = min(len(values) for values in columns.values())
    times = columns[_NEEDED[0]][:rows, 0]
    step = float(np.median(np.diff(times)))
    for ending, values in columns.items():
        apart = np.abs(values[:rows, 0] - times)
        if (apart > 0.5 * step).any():
            row = int(np.argmax(apart > 0.5 * step))
            raise ConfigError(
                f"row {row + 1} is {apart[row]:.3g} s from the same row of {tables[_NEEDED[0]].file.name}; "
                "the files were not recorded together",
                file=tables[ending].file,
                line=row + 1,
            )
    joints = {ending.split(".")[1]: values[:rows, 1:] for ending, values in columns.items()}
    return Log(
        stem,
        "ur-variables",
        digest(tables),
        1,
        times,
        joints["q_actual"],
        joints.get("qd_actual"),
        target_position=joints.get("q_target"),
        recorded_target_velocity=joints.get("qd_target"),
        current=joints.get("i_actual"),
    )


UR_VARIABLES = Preset(
    "ur-variables", "one CSV file a variable of a UR arm: NAME.q_actual.csv, NAME.qd_target.csv, …", _fits, _read
)
